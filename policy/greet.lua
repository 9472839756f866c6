-- SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
-- Generated from greet.yaml by `ynl-gen-rust --wireshark`. Do not edit.
--
-- Dissects messages of the generic netlink family greet in Wireshark and tshark. They learn the
-- family's id when a program resolves it, so start the capture before the program.

local family = "greet"

local enums = {
  style = {
    [0] = "casual",
    [1] = "formal",
    [2] = "enthusiastic",
  },
}

local structs = {}

local sets = {
  greeting = {
    [1] = { name = "name", type = "string", doc = "Name to greet." },
    [2] = { name = "style", type = "u32", enum = "style", doc = "Style of the greeting." },
    [3] = {
      name = "cookie",
      type = "binary",
      doc = "Opaque bytes, returned unchanged in the reply.",
    },
    [4] = { name = "message", type = "string", doc = "Text of the greeting." },
    [5] = {
      name = "id",
      type = "uint",
      doc = "Number of the greeting in its network namespace, counted from 1 and never reused.",
    },
    [6] = { name = "portid", type = "u32", doc = "Netlink port of the request's sender." },
  },
  peer = {
    [1] = { name = "name", type = "string", doc = "Name of the peer." },
    [2] = { name = "greetings", type = "uint", doc = "Number of greetings of this name." },
    [3] = { name = "last-portid", type = "u32", doc = "Netlink port of the last greeting." },
    [4] = {
      name = "last-style",
      type = "u32",
      enum = "style",
      doc = "Style of the last greeting.",
    },
    [5] = {
      name = "last-seen",
      type = "uint",
      doc = "Time of the last greeting, in nanoseconds of CLOCK_BOOTTIME.",
    },
  },
  stats = {
    [1] = { name = "greetings", type = "uint", doc = "Greetings processed." },
    [2] = { name = "replies", type = "uint", doc = "Replies queued to the socket of the sender." },
    [3] = {
      name = "unacked",
      type = "uint",
      doc = "Greetings without NLM_F_ACK, which get no reply.",
    },
    [4] = { name = "events", type = "uint", doc = "Greetings announced to at least one listener." },
    [5] = {
      name = "refused",
      type = "uint",
      doc = "Requests that passed the policy and were rejected by the module.",
    },
    [6] = { name = "peers", type = "uint", doc = "Current number of peers." },
    [7] = { name = "evicted", type = "uint", doc = "Peers evicted because the limit was reached." },
  },
  settings = {
    [1] = {
      name = "default-style",
      type = "u32",
      enum = "style",
      doc = "Style of greetings without the style attribute.",
    },
    [2] = { name = "peer-limit", type = "u32", doc = "Maximum number of peers." },
  },
}

local requests = {
  [1] = { name = "greet", set = "greeting" },
  [2] = { name = "peer-get", set = "peer" },
  [3] = { name = "peer-del", set = "peer" },
  [4] = { name = "stats-get", set = "stats" },
  [5] = { name = "settings-get", set = "settings" },
  [6] = { name = "settings-set", set = "settings" },
  [7] = { name = "greeted", set = "greeting", event = true },
  [8] = { name = "settings-ntf", set = "settings", event = true },
}
local replies = requests

-- The code below is the same for every family.

local HEADER = 4 -- length of the header of a generic netlink message, and of an attribute
local NUMBERS_END = 0x4000 -- end of the attribute numbers; the bits above are flags
local MOST_LEVELS = 32 -- maximum depth of nests, since Wireshark limits the depth of its tree

local prefix = "genl." .. family:lower()
local proto = Proto(prefix, "Generic netlink family " .. family)

-- Returns the field name `path` with `name` appended.
local function path_of(path, name)
  return path .. "." .. name:gsub("[^%w_-]", "-")
end

local fields = {}

local function add_field(field)
  fields[#fields + 1] = field
  return field
end

-- Data that does not match the spec -------------------------------------------

local other = add_field(ProtoField.bytes(path_of(prefix, "other"), "other"))
local wrong = ProtoExpert.new(
  path_of(prefix, "wrong"), "Violates the spec", expert.group.MALFORMED, expert.severity.WARN)
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

-- `desc` describes an attribute, a member or an item. Each type has `add`, which creates its fields
-- with the name `path`, and `show`, which adds the value in the bytes `range` to `tree` and returns
-- the new item. `message` has the byte order and direction of the message.
local types = {}

local function add(path, desc)
  types[desc.type].add(path, desc)
end

local function show(desc, range, tree, message)
  if desc.of and range:len() == 0 then
    local item = tree:add(other, range)
    item:set_text(desc.name .. ": empty")
    return item
  end
  return types[desc.type].show(desc, range, tree, message)
end

-- Adds a field without a value, which shows a name only.
local function add_none(path, desc)
  desc.field = add_field(ProtoField.none(path, desc.name, desc.doc))
end

-- Adds the fields of the items of an array, of numbers in bytes, or of levels.
local function add_part(path, desc)
  desc.of.name, desc.of.doc = desc.name, desc.doc
  add(path, desc.of)
end

local function is_big(desc, message)
  if desc.order then
    return desc.order == "big"
  end
  return message.big
end

-- The field and the length of each display hint.
local HINTS = {
  ipv4 = { new = ProtoField.ipv4, len = 4 },
  ipv6 = { new = ProtoField.ipv6, len = 16 },
  mac = { new = ProtoField.ether, len = 6 },
  uuid = { new = ProtoField.guid, len = 16 },
}

-- Adds the field of `len` bytes with a display hint, if the hint has one of this length.
local function add_hinted(path, desc, len)
  local hint = HINTS[desc.hint]
  if hint and (len == nil or len == hint.len) then
    desc.hinted = hint.len
    desc.field = add_field(hint.new(path, desc.name, desc.doc))
  end
  return desc.field
end

-- Numbers

-- A number with `short` takes that many bytes if its value fits.
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

local function add_bits(path, desc)
  desc.bits = {}
  for bit, name in pairs(enums[desc.enum]) do
    desc.bits[bit] = add_field(ProtoField.bool(path_of(path, name), name))
  end
end

local function add_number(path, desc)
  local number = NUMBERS[desc.type]
  if desc.flags then
    add_bits(path, desc)
  elseif add_hinted(path, desc, number.len) then
    return
  end
  local shown = (desc.flags or desc.hint == "hex") and not number.signed and base.HEX or base.DEC
  local names = not desc.flags and enums[desc.enum] or nil
  desc.field = add_field(number.new(path, desc.name, shown, names, nil, desc.doc))
end

local function has_bit(value, bit)
  return value:rshift(bit):band(UInt64(1)) == UInt64(1)
end

local function show_bits(desc, range, item, big)
  local value = big and range:uint64() or range:le_uint64()
  local names = {}
  for bit = 0, range:len() * 8 - 1 do
    local field = desc.bits[bit]
    if field then
      item:add(field, range, has_bit(value, bit))
      names[#names + 1] = has_bit(value, bit) and enums[desc.enum][bit] or nil
    end
  end
  if #names > 0 then
    item:append_text(" (" .. table.concat(names, ", ") .. ")")
  end
end

local function show_number(desc, range, tree, message)
  local number, len = NUMBERS[desc.type], range:len()
  if len ~= number.len and len ~= number.short then
    return show_other(desc.name, range, tree, wrong, "Invalid length for " .. desc.type)
  end
  local big = is_big(desc, message)
  local order = big and ENC_BIG_ENDIAN or ENC_LITTLE_ENDIAN
  local item = tree:add_packet_field(desc.field, range, order)
  if desc.flags then
    show_bits(desc, range, item, big)
  end
  return item
end

for name in pairs(NUMBERS) do
  types[name] = { add = add_number, show = show_number }
end

-- Text and bytes

local function add_text(path, desc)
  desc.field = add_field(ProtoField.string(path, desc.name, nil, desc.doc))
end

local function show_text(desc, range, tree, nuls)
  local len = range:len()
  while len > 0 and nuls > 0 and range(len - 1, 1):uint() == 0 do
    len, nuls = len - 1, nuls - 1
  end
  -- A range without bytes cannot be cut.
  local text = len < range:len() and range(0, len) or range
  return (tree:add_packet_field(desc.field, text, ENC_UTF_8))
end

types.string = {
  add = add_text,
  show = function(desc, range, tree)
    return show_text(desc, range, tree, 1)
  end,
}

-- Text of a struct member, padded with NULs.
types.filled = {
  add = add_text,
  show = function(desc, range, tree)
    return show_text(desc, range, tree, range:len())
  end,
}

types.binary = {
  add = function(path, desc)
    if not add_hinted(path, desc) then
      desc.field = add_field(ProtoField.bytes(path, desc.name, nil, desc.doc))
    end
  end,
  show = function(desc, range, tree)
    if desc.hinted and desc.hinted ~= range:len() then
      return show_other(desc.name, range, tree, wrong, "Invalid length for " .. desc.hint)
    end
    return tree:add(desc.field, range)
  end,
}

-- Types without a payload

for _, name in ipairs({ "flag", "pad", "unused" }) do
  types[name] = {
    add = add_none,
    show = function(desc, range, tree)
      return tree:add(desc.field, range)
    end,
  }
end

-- Structs, arrays of numbers without headers, bitfields with a selector

local function show_members(members, range, tree, message)
  local offset = 0
  for _, member in ipairs(members) do
    if offset + member.len > range:len() then
      return tree:add_proto_expert_info(wrong, "Too short for " .. member.name)
    end
    show(member, range(offset, member.len), tree, message)
    offset = offset + member.len
  end
end

types.struct = {
  add = add_none,
  show = function(desc, range, tree, message)
    local item = tree:add(desc.field, range)
    show_members(structs[desc.struct], range, item, message)
    return item
  end,
}

types.row = {
  add = add_part,
  show = function(desc, range, tree, message)
    local size = NUMBERS[desc.of.type].len
    local rest = range:len() % size
    for offset = 0, range:len() - size, size do
      show(desc.of, range(offset, size), tree, message)
    end
    if rest > 0 then
      local why = "Invalid length for " .. desc.of.type
      show_other("rest", range(range:len() - rest), tree, wrong, why)
    end
  end,
}

types.bitfield32 = {
  add = function(path, desc)
    add_none(path, desc)
    desc.parts = {
      { name = "value", type = "u32", len = 4, enum = desc.enum, flags = desc.enum ~= nil },
      { name = "selector", type = "u32", len = 4, enum = desc.enum, flags = desc.enum ~= nil },
    }
    for _, part in ipairs(desc.parts) do
      add(path_of(path, part.name), part)
    end
  end,
  show = function(desc, range, tree, message)
    local item = tree:add(desc.field, range)
    show_members(desc.parts, range, item, message)
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
      local why = "Attribute length " .. len .. " exceeds the " .. left .. " bytes left"
      return show_other("rest", range(offset), tree, wrong, why)
    end
    -- A range without bytes cannot begin at the end of the buffer.
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
    local desc = attribute(set, number)
    if desc then
      show(desc, payload, tree, message)
    else
      show_other("attribute " .. number, payload, tree, unknown)
    end
  end)
  message.level = message.level - 1
end

types.nest = {
  add = add_none,
  show = function(desc, range, tree, message)
    local item = tree:add(desc.field, range)
    show_attributes(sets[desc.set], range, item, message)
    return item
  end,
}

types.array = {
  add = add_part,
  show = function(desc, range, tree, message)
    walk(range, tree, message, function(index, payload)
      show(desc.of, payload, tree, message):prepend_text("[" .. index .. "] ")
    end)
  end,
}

local function show_levels(desc, level, range, tree, message)
  local key = desc.keys[level]
  if not key then
    return show(desc.of, range, tree, message)
  end
  walk(range, tree, message, function(value, payload)
    show_levels(desc, level + 1, payload, tree:add(key, payload, value), message)
  end)
end

types.levels = {
  add = function(path, desc)
    desc.keys = {}
    for level, name in ipairs(desc.levels) do
      desc.keys[level] = add_field(ProtoField.uint16(path_of(path, name), name))
    end
    add_part(path, desc)
  end,
  show = function(desc, range, tree, message)
    show_levels(desc, 1, range, tree, message)
  end,
}

-- Messages --------------------------------------------------------------------

for name, members in pairs(structs) do
  for _, member in ipairs(members) do
    add(path_of(path_of(path_of(prefix, "struct"), name), member.name), member)
  end
end

for name, set in pairs(sets) do
  for number, desc in pairs(set) do
    if number ~= "part_of" then
      add(path_of(path_of(prefix, name), desc.name), desc)
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

-- Lua can read the netlink header before the message only through its fields.
local header_len = Field.new("netlink.hdr_len")
local header_flags = Field.new("netlink.hdr_flags")

-- Returns the byte order and the direction of the message: `big` is true for big-endian numbers,
-- and `request` for messages to the kernel. If a packet has several messages, the fields of the
-- last one count.
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

-- Shows the fixed header before the attributes, and returns the offset of the attributes.
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
  -- Without the fence, the next message in the packet would clear the text.
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
