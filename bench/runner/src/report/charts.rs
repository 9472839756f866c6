// SPDX-License-Identifier: MIT OR Apache-2.0

//! The charts: a point for the median of each client, and a line from the least to the most.
//!
//! The background is left to the page; the ink is dark on a light page and light on a dark one.

use crate::contenders::{OUR_BATCH, OURS, title};
use crate::measures::{DUMP, GETFAMILY, GREET};
use crate::plan::{Sample, Series};
use crate::results::Results;
use crate::stats::Spread;
use anyhow::{Result, anyhow};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::fs;
use std::path::Path;

// Narrow, so that text is legible on a phone, whose page is some 360 pixels wide.
const WIDTH: u32 = 460;
const ROW: i32 = 26;
const ABOVE: i32 = 44;
const BELOW: i32 = 36;
/// Where the names end and the scale begins, and where it ends.
const LEFT: i32 = 166;
const RIGHT: i32 = 366;

/// Colours that stand for those of the page, and are replaced by them.
const INK: RGBColor = RGBColor(1, 2, 3);
const FAINT: RGBColor = RGBColor(4, 5, 6);
const ACCENT: RGBColor = RGBColor(7, 8, 9);

/// The ground is the picture's own, for a page may be dark while the system is light.
const GROUND: &str = "<rect class=\"ground\" width=\"100%\" height=\"100%\" rx=\"6\"/>";

const STYLE: &str = "<style>\
    .ground{fill:#ffffff}\
    [fill=\"#010203\"]{fill:#1f2328}[stroke=\"#010203\"]{stroke:#1f2328}\
    [fill=\"#040506\"]{fill:#8c959f}[stroke=\"#040506\"]{stroke:#d0d7de}\
    [fill=\"#070809\"]{fill:#bc4c00}[stroke=\"#070809\"]{stroke:#bc4c00}\
    @media (prefers-color-scheme:dark){.ground{fill:#0d1117}\
    [fill=\"#010203\"]{fill:#e6edf3}[stroke=\"#010203\"]{stroke:#e6edf3}\
    [fill=\"#040506\"]{fill:#8b949e}[stroke=\"#040506\"]{stroke:#30363d}\
    [fill=\"#070809\"]{fill:#f0883e}[stroke=\"#070809\"]{stroke:#f0883e}}\
    </style>";

/// One client's place in a chart.
struct Row {
    name: String,
    is_ours: bool,
    spread: Spread,
}

/// Writes all charts into a folder.
pub(crate) fn write_all(results: &Results, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let micros: fn(&Sample) -> f64 = Sample::micros;
    let charts = [
        (
            "host",
            GETFAMILY,
            micros,
            "GETFAMILY on the host, µs a request (log scale)",
        ),
        (
            "guest",
            GREET,
            micros,
            "GREET in the guest, µs a request (log scale)",
        ),
        (
            "dump",
            DUMP,
            Sample::rate,
            "Dump of 65,536 peers, items a second (log scale)",
        ),
    ];
    for (name, measure, value, caption) in charts {
        let rows: Vec<_> = results
            .of_measure(measure)
            .filter_map(|series| row(series, value))
            .collect();
        if !rows.is_empty() {
            fs::write(
                folder.join(name).with_extension("svg"),
                chart(caption, &rows)?,
            )?;
        }
    }
    Ok(())
}

fn row(series: &Series, value: fn(&Sample) -> f64) -> Option<Row> {
    Some(Row {
        name: title(&series.contender).to_owned(),
        is_ours: [OURS, OUR_BATCH].contains(&series.contender.as_str()),
        spread: Spread::of_series(series, value)?,
    })
}

/// From a value to its place.
struct Scale {
    least: f64,
    most: f64,
}

impl Scale {
    /// From a round number below all to one above.
    fn of(rows: &[Row]) -> Self {
        let all = |value: fn(&Spread) -> f64| rows.iter().map(move |row| value(&row.spread));
        Self {
            least: all(|spread| spread.least).fold(f64::MAX, f64::min) / 1.15,
            most: all(|spread| spread.most).fold(0.0, f64::max) * 1.15,
        }
    }

    fn place(&self, value: f64) -> i32 {
        let share = (value / self.least).ln() / (self.most / self.least).ln();
        LEFT + (share * f64::from(RIGHT - LEFT)) as i32
    }

    /// Each power of ten and its triple; of large numbers the powers alone.
    fn ticks(&self) -> Vec<f64> {
        let powers = (0..12).map(|power| 10f64.powi(power - 1));
        // Longer numbers need more room.
        let digits: &[f64] = if self.most < 1e4 { &[1.0, 3.0] } else { &[1.0] };
        let ticks = powers.flat_map(|power| digits.iter().map(move |digit| digit * power));
        ticks
            .filter(|tick| (self.least..=self.most).contains(tick))
            .collect()
    }
}

fn chart(caption: &str, rows: &[Row]) -> Result<String> {
    let height = ABOVE + ROW * rows.len() as i32 + BELOW;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height as u32)).into_drawing_area();
        draw(&area, caption, rows).map_err(|error| anyhow!("the chart {caption}: {error}"))?;
    }
    // Behind the opening tag.
    let place = svg.find('>').map_or(0, |place| {
        place
            + 1
            + svg[place + 1..]
                .find('>')
                .filter(|_| svg.starts_with("<?"))
                .map_or(0, |more| more + 1)
    });
    svg.insert_str(place, &[STYLE, GROUND].concat());
    Ok(svg)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn draw(
    area: &Area<'_>,
    caption: &str,
    rows: &[Row],
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let scale = Scale::of(rows);
    let bottom = ABOVE + ROW * rows.len() as i32;
    let font = |size, colour: RGBColor, anchor| {
        ("sans-serif", size)
            .into_font()
            .color(&colour)
            .pos(Pos::new(anchor, VPos::Center))
    };
    let put = |text: String, at: (i32, i32), size: i32, colour, anchor| {
        area.draw(&Text::new(text, at, font(size, colour, anchor)))
    };
    put(caption.to_owned(), (12, 22), 19, INK, HPos::Left)?;
    for tick in scale.ticks() {
        let x = scale.place(tick);
        area.draw(&PathElement::new(vec![(x, ABOVE - 6), (x, bottom)], FAINT))?;
        put(
            super::tables::number(Some(tick), 0),
            (x, bottom + 16),
            16,
            FAINT,
            HPos::Center,
        )?;
    }
    for (place, row) in rows.iter().enumerate() {
        let y = ABOVE + ROW * place as i32 + ROW / 2;
        let colour = if row.is_ours { ACCENT } else { INK };
        let Spread {
            least,
            median,
            most,
        } = row.spread;
        put(row.name.clone(), (LEFT - 10, y), 18, colour, HPos::Right)?;
        let line = vec![(scale.place(least), y), (scale.place(most), y)];
        area.draw(&PathElement::new(line, colour.stroke_width(2)))?;
        area.draw(&Circle::new((scale.place(median), y), 5, colour.filled()))?;
        let digits = if median < 100.0 { 2 } else { 0 };
        let label = super::tables::number(Some(median), digits);
        put(label, (RIGHT + 8, y), 18, colour, HPos::Left)?;
    }
    area.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_takes_its_colours_from_the_page() {
        let spread = Spread {
            least: 3.0,
            median: 4.0,
            most: 5.0,
        };
        let rows = [Row {
            name: "one".to_owned(),
            is_ours: true,
            spread,
        }];
        let svg = chart("caption", &rows).expect("a chart");
        assert!(svg.contains("prefers-color-scheme:dark") && svg.contains("#070809"));
        assert!(svg.find("<svg").expect("svg") < svg.find("<style>").expect("style"));
    }
}
