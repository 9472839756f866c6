-- SPDX-License-Identifier: MIT OR Apache-2.0

-- From here on it is the same for every family.

local HEADER = 4 -- bytes: of a generic netlink message, and of an attribute
local NUMBERS_END = 0x4000 -- of attributes; the bits above are flags
local MOST_LEVELS = 32 -- of nests, since Wireshark's tree is not endless

local prefix = "genl." .. family:lower()
local proto = Proto(prefix, "Generic netlink family " .. family)

-- A name as a part of a field's name.
local function path_of(path, name)
  return path .. "." .. name:gsub("[^%w_-]", "-")
end

local fields = {}

local function add_field(field)
  fields[#fields + 1] = field
  return field
end

-- What the spec does not explain ----------------------------------------------

local other = add_field(ProtoField.bytes(path_of(prefix, "other"), "other"))
local wrong = ProtoExpert.new(
  path_of(prefix, "wrong"), "Not as the spec says", expert.group.MALFORMED, expert.severity.WARN)
local unknown = ProtoExpert.new(
  path_of(prefix, "unknown"), "Not in the spec", expert.group.UNDECODED, expert.severity.NOTE)

local function show_other(name, range, tree, expert, why)
  local item = tree:add(other, range)
  item:set_text(name .. ": " .. tostring(range:bytes()))
  if why then
    item:add_proto_expert_info(expert, why)
  else
    item:add_proto_expert_info(expert)
  end
  return item
end

-- Types -----------------------------------------------------------------------

-- Each type has `add`, which makes the fields of what is of this type, named after `path`, and
-- `show`, which shows a value, the bytes `range`, as an item of `tree`, and returns the item.
-- `message` is what is known of the whole message.
local types = {}

local function add(path, what)
  types[what.type].add(path, what)
end

local function show(what, range, tree, message)
  if what.of and range:len() == 0 then
    local item = tree:add(other, range)
    item:set_text(what.name .. ": empty")
    return item
  end
  return types[what.type].show(what, range, tree, message)
end

-- What carries a name alone.
local function add_none(path, what)
  what.field = add_field(ProtoField.none(path, what.name, what.doc))
end

-- What an array, a row or levels are made of.
local function add_part(path, what)
  what.of.name, what.of.doc = what.name, what.doc
  add(path, what.of)
end

local function is_big(what, message)
  if what.order then
    return what.order == "big"
  end
  return message.big
end

-- What a display hint makes of so many bytes.
local HINTS = {
  ipv4 = { new = ProtoField.ipv4, len = 4 },
  ipv6 = { new = ProtoField.ipv6, len = 16 },
  mac = { new = ProtoField.ether, len = 6 },
  uuid = { new = ProtoField.guid, len = 16 },
}

-- Adds the field of `len` bytes that are shown as their display hint says, if it does.
local function add_hinted(path, what, len)
  local hint = HINTS[what.hint]
  if hint and (len == nil or len == hint.len) then
    what.hinted = hint.len
    what.field = add_field(hint.new(path, what.name, what.doc))
  end
  return what.field
end

-- Numbers

-- Those with `short` have so many bytes if they suffice.
local NUMBERS = {
  u8 = { new = ProtoField.uint8, len = 1 },
  u16 = { new = ProtoField.uint16, len = 2 },
  u32 = { new = ProtoField.uint32, len = 4 },
  u64 = { new = ProtoField.uint64, len = 8 },
  uint = { new = ProtoField.uint64, len = 8, short = 4 },
  s8 = { new = ProtoField.int8, len = 1, signed = true },
  s16 = { new = ProtoField.int16, len = 2, signed = true },
  s32 = { new = ProtoField.int32, len = 4, signed = true },
  s64 = { new = ProtoField.int64, len = 8, signed = true },
  sint = { new = ProtoField.int64, len = 8, short = 4, signed = true },
}

local function add_bits(path, what)
  what.bits = {}
  for bit, name in pairs(enums[what.enum]) do
    what.bits[bit] = add_field(ProtoField.bool(path_of(path, name), name))
  end
end

local function add_number(path, what)
  local number = NUMBERS[what.type]
  if what.flags then
    add_bits(path, what)
  elseif add_hinted(path, what, number.len) then
    return
  end
  local shown = (what.flags or what.hint == "hex") and not number.signed and base.HEX or base.DEC
  local names = not what.flags and enums[what.enum] or nil
  what.field = add_field(number.new(path, what.name, shown, names, nil, what.doc))
end

local function has_bit(value, bit)
  return value:rshift(bit):band(UInt64(1)) == UInt64(1)
end

local function show_bits(what, range, item, big)
  local value = big and range:uint64() or range:le_uint64()
  local names = {}
  for bit = 0, range:len() * 8 - 1 do
    local field = what.bits[bit]
    if field then
      item:add(field, range, has_bit(value, bit))
      names[#names + 1] = has_bit(value, bit) and enums[what.enum][bit] or nil
    end
  end
  if #names > 0 then
    item:append_text(" (" .. table.concat(names, ", ") .. ")")
  end
end

local function show_number(what, range, tree, message)
  local number, len = NUMBERS[what.type], range:len()
  if len ~= number.len and len ~= number.short then
    return show_other(what.name, range, tree, wrong, "Its length is not that of " .. what.type)
  end
  local big = is_big(what, message)
  local order = big and ENC_BIG_ENDIAN or ENC_LITTLE_ENDIAN
  local item = tree:add_packet_field(what.field, range, order)
  if what.flags then
    show_bits(what, range, item, big)
  end
  return item
end

for name in pairs(NUMBERS) do
  types[name] = { add = add_number, show = show_number }
end

-- Text and bytes

local function add_text(path, what)
  what.field = add_field(ProtoField.string(path, what.name, nil, what.doc))
end

local function show_text(what, range, tree, nuls)
  local len = range:len()
  while len > 0 and nuls > 0 and range(len - 1, 1):uint() == 0 do
    len, nuls = len - 1, nuls - 1
  end
  -- Nothing can be cut from a range without bytes.
  local text = len < range:len() and range(0, len) or range
  return (tree:add_packet_field(what.field, text, ENC_UTF_8))
end

types.string = {
  add = add_text,
  show = function(what, range, tree)
    return show_text(what, range, tree, 1)
  end,
}

-- In a struct, where NULs fill what is left.
types.filled = {
  add = add_text,
  show = function(what, range, tree)
    return show_text(what, range, tree, range:len())
  end,
}

types.binary = {
  add = function(path, what)
    if not add_hinted(path, what) then
      what.field = add_field(ProtoField.bytes(path, what.name, nil, what.doc))
    end
  end,
  show = function(what, range, tree)
    if what.hinted and what.hinted ~= range:len() then
      return show_other(what.name, range, tree, wrong, "Its length is not that of " .. what.hint)
    end
    return tree:add(what.field, range)
  end,
}

-- What holds nothing

for _, name in ipairs({ "flag", "pad", "unused" }) do
  types[name] = {
    add = add_none,
    show = function(what, range, tree)
      return tree:add(what.field, range)
    end,
  }
end

-- Structs, rows of numbers, bits with a mask

local function show_members(members, range, tree, message)
  local offset = 0
  for _, member in ipairs(members) do
    if offset + member.len > range:len() then
      return tree:add_proto_expert_info(wrong, "It ends before " .. member.name)
    end
    show(member, range(offset, member.len), tree, message)
    offset = offset + member.len
  end
end

types.struct = {
  add = add_none,
  show = function(what, range, tree, message)
    local item = tree:add(what.field, range)
    show_members(structs[what.struct], range, item, message)
    return item
  end,
}

types.row = {
  add = add_part,
  show = function(what, range, tree, message)
    local size = NUMBERS[what.of.type].len
    local rest = range:len() % size
    for offset = 0, range:len() - size, size do
      show(what.of, range(offset, size), tree, message)
    end
    if rest > 0 then
      local why = "Its length is not that of " .. what.of.type
      show_other("rest", range(range:len() - rest), tree, wrong, why)
    end
  end,
}

types.bitfield32 = {
  add = function(path, what)
    add_none(path, what)
    what.parts = {
      { name = "value", type = "u32", len = 4, enum = what.enum, flags = what.enum ~= nil },
      { name = "selector", type = "u32", len = 4, enum = what.enum, flags = what.enum ~= nil },
    }
    for _, part in ipairs(what.parts) do
      add(path_of(path, part.name), part)
    end
  end,
  show = function(what, range, tree, message)
    local item = tree:add(what.field, range)
    show_members(what.parts, range, item, message)
    return item
  end,
}

-- Nests

-- Calls `each` with the number and the payload of each attribute in `range`.
local function walk(range, tree, message, each)
  local offset, left = 0, range:len()
  while left > 0 do
    if left < HEADER then
      return show_other("rest", range(offset), tree, wrong, "Too short for an attribute")
    end
    local header = { range(offset, 2), range(offset + 2, 2) }
    local len = message.big and header[1]:uint() or header[1]:le_uint()
    local number = message.big and header[2]:uint() or header[2]:le_uint()
    if len < HEADER or len > left then
      local why = "An attribute of " .. len .. " bytes, of which there are " .. left
      return show_other("rest", range(offset), tree, wrong, why)
    end
    -- A range without bytes cannot begin where all ends.
    local payload = len > HEADER and range(offset + HEADER, len - HEADER) or range(offset, 0)
    each(number % NUMBERS_END, payload)
    len = math.min(len + -len % 4, left)
    offset, left = offset + len, left - len
  end
end

local function attribute(set, number)
  return set[number] or set.part_of and sets[set.part_of][number]
end

local function show_attributes(set, range, tree, message)
  if message.level == MOST_LEVELS then
    return show_other("nest", range, tree, unknown, "Too deep to be shown")
  end
  message.level = message.level + 1
  walk(range, tree, message, function(number, payload)
    local what = attribute(set, number)
    if what then
      show(what, payload, tree, message)
    else
      show_other("attribute " .. number, payload, tree, unknown)
    end
  end)
  message.level = message.level - 1
end

types.nest = {
  add = add_none,
  show = function(what, range, tree, message)
    local item = tree:add(what.field, range)
    show_attributes(sets[what.set], range, item, message)
    return item
  end,
}

types.array = {
  add = add_part,
  show = function(what, range, tree, message)
    walk(range, tree, message, function(index, payload)
      show(what.of, payload, tree, message):prepend_text("[" .. index .. "] ")
    end)
  end,
}

local function show_levels(what, level, range, tree, message)
  local key = what.keys[level]
  if not key then
    return show(what.of, range, tree, message)
  end
  walk(range, tree, message, function(value, payload)
    show_levels(what, level + 1, payload, tree:add(key, payload, value), message)
  end)
end

types.levels = {
  add = function(path, what)
    what.keys = {}
    for level, name in ipairs(what.levels) do
      what.keys[level] = add_field(ProtoField.uint16(path_of(path, name), name))
    end
    add_part(path, what)
  end,
  show = function(what, range, tree, message)
    show_levels(what, 1, range, tree, message)
  end,
}

-- Messages --------------------------------------------------------------------

for name, members in pairs(structs) do
  for _, member in ipairs(members) do
    add(path_of(path_of(path_of(prefix, "struct"), name), member.name), member)
  end
end

for name, set in pairs(sets) do
  for number, what in pairs(set) do
    if number ~= "part_of" then
      add(path_of(path_of(prefix, name), what.name), what)
    end
  end
end

local function command_field(commands)
  local names = {}
  for number, command in pairs(commands) do
    names[number] = command.name
  end
  return add_field(ProtoField.uint8(path_of(prefix, "command"), "command", base.DEC, names))
end

local request_command = command_field(requests)
local reply_command = replies == requests and request_command or command_field(replies)
local version = add_field(ProtoField.uint8(path_of(prefix, "version"), "version"))

-- Wireshark tells Lua nothing of the header before the message but by its fields.
local header_len = Field.new("netlink.hdr_len")
local header_flags = Field.new("netlink.hdr_flags")

-- Whether the bytes of the message's numbers begin with the most significant one, and whether the
-- message goes to the kernel. Of several messages in a packet, it is the last one so far.
local function message_of()
  local lens, flags = { header_len() }, { header_flags() }
  local len, flag = lens[#lens], flags[#flags]
  return {
    big = len ~= nil and len.value ~= len.range:le_uint(),
    request = flag ~= nil and flag.value % 2 == 1,
    first = #lens < 2,
    level = 0,
  }
end

local header = add_field(ProtoField.none(path_of(prefix, "header"), "header"))

-- Shows the struct before the attributes, and returns where they begin.
local function show_header(members, tvb, tree, message)
  local len = 0
  for _, member in ipairs(members) do
    len = len + member.len
  end
  len = math.min(len + -len % 4, tvb:len() - HEADER)
  local range = len > 0 and tvb(HEADER, len) or tvb(0, 0)
  show_members(members, range, tree:add(header, range), message)
  return HEADER + len
end

local function title(message, command, number)
  local name = command and command.name or "command " .. number
  if command and command.event then
    return name
  end
  return name .. (message.request and " request" or " reply")
end

local function show_columns(columns, message, title)
  columns.protocol = family
  columns.info:append((message.first and "" or ", ") .. title)
  -- What follows in the packet would clear it.
  columns.info:fence()
end

function proto.dissector(tvb, pinfo, tree)
  if tvb:len() < HEADER then
    return 0
  end
  local message = message_of()
  local number = tvb(0, 1):uint()
  local command = (message.request and requests or replies)[number]
  local title = title(message, command, number)
  show_columns(pinfo.cols, message, title)
  local item = tree:add(proto, tvb())
  item:append_text(", " .. title)
  item:add(message.request and request_command or reply_command, tvb(0, 1))
  item:add(version, tvb(1, 1))
  local offset = HEADER
  if command and command.header then
    offset = show_header(structs[command.header], tvb, item, message)
  end
  if offset < tvb:len() then
    show_attributes(sets[command and command.set] or {}, tvb(offset), item, message)
  end
  return tvb:len()
end

proto.fields = fields
proto.experts = { wrong, unknown }
DissectorTable.get("genl.family"):add(family, proto)
