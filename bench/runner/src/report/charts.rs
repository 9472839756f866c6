// SPDX-License-Identifier: MIT OR Apache-2.0

//! Charts: a point for the median of each client, and a line from minimum to maximum.
//!
//! The text is dark on a light page and light on a dark one.

use crate::benchmarks::{DUMP, GETFAMILY, GREET};
use crate::clients::{OURS, OURS_BATCH, title};
use crate::plan::{Sample, Series};
use crate::results::{Results, Spread};
use anyhow::{Result, anyhow};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::fs;
use std::path::Path;

// A narrow chart keeps text legible on phones of about 360 pixels.
const WIDTH: u32 = 460;
const ROW: i32 = 26;
const ABOVE: i32 = 44;
const BELOW: i32 = 36;
/// Position of the end of the names and the start of the scale, and of its end.
const LEFT: i32 = 166;
const RIGHT: i32 = 366;

/// Placeholder colors, which the style sheet replaces.
const INK: RGBColor = RGBColor(1, 2, 3);
const FAINT: RGBColor = RGBColor(4, 5, 6);
const ACCENT: RGBColor = RGBColor(7, 8, 9);

/// The chart has its own background, because a page may be dark while the system is light.
const BACKGROUND: &str = "<rect class=\"ground\" width=\"100%\" height=\"100%\" rx=\"6\"/>";

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

/// The row of a client in a chart.
struct Row {
    name: String,
    is_ours: bool,
    spread: Spread,
}

/// Writes all charts into a directory.
pub(crate) fn write_all(results: &Results, dir: &Path) -> Result<()> {
    fs::create_dir_all(dir)?;
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
    for (name, benchmark, value, caption) in charts {
        let rows: Vec<_> = results
            .of_benchmark(benchmark)
            .filter_map(|series| row(series, value))
            .collect();
        if !rows.is_empty() {
            fs::write(dir.join(name).with_extension("svg"), chart(caption, &rows)?)?;
        }
    }
    Ok(())
}

fn row(series: &Series, value: fn(&Sample) -> f64) -> Option<Row> {
    Some(Row {
        name: title(&series.client).to_owned(),
        is_ours: [OURS, OURS_BATCH].contains(&series.client.as_str()),
        spread: Spread::of_series(series, value)?,
    })
}

/// A logarithmic scale.
struct Scale {
    min: f64,
    max: f64,
}

impl Scale {
    /// Creates a scale with a margin around all values.
    fn of(rows: &[Row]) -> Self {
        let all = |value: fn(&Spread) -> f64| rows.iter().map(move |row| value(&row.spread));
        Self {
            min: all(|spread| spread.min).fold(f64::MAX, f64::min) / 1.15,
            max: all(|spread| spread.max).fold(0.0, f64::max) * 1.15,
        }
    }

    fn position(&self, value: f64) -> i32 {
        let share = (value / self.min).ln() / (self.max / self.min).ln();
        LEFT + (share * f64::from(RIGHT - LEFT)) as i32
    }

    /// Returns each power of ten and its triple; for large numbers only the powers.
    fn ticks(&self) -> Vec<f64> {
        let powers = (0..12).map(|power| 10f64.powi(power - 1));
        // Longer numbers need more space.
        let digits: &[f64] = if self.max < 1e4 { &[1.0, 3.0] } else { &[1.0] };
        let ticks = powers.flat_map(|power| digits.iter().map(move |digit| digit * power));
        ticks
            .filter(|tick| (self.min..=self.max).contains(tick))
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
    // Inserts the style after the opening tag.
    let place = svg.find('>').map_or(0, |place| {
        place
            + 1
            + svg[place + 1..]
                .find('>')
                .filter(|_| svg.starts_with("<?"))
                .map_or(0, |more| more + 1)
    });
    svg.insert_str(place, &[STYLE, BACKGROUND].concat());
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
    let font = |size, color: RGBColor, anchor| {
        ("sans-serif", size)
            .into_font()
            .color(&color)
            .pos(Pos::new(anchor, VPos::Center))
    };
    let put = |text: String, at: (i32, i32), size: i32, color, anchor| {
        area.draw(&Text::new(text, at, font(size, color, anchor)))
    };
    put(caption.to_owned(), (12, 22), 19, INK, HPos::Left)?;
    for tick in scale.ticks() {
        let x = scale.position(tick);
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
        let color = if row.is_ours { ACCENT } else { INK };
        let Spread { min, median, max } = row.spread;
        put(row.name.clone(), (LEFT - 10, y), 18, color, HPos::Right)?;
        let line = vec![(scale.position(min), y), (scale.position(max), y)];
        area.draw(&PathElement::new(line, color.stroke_width(2)))?;
        area.draw(&Circle::new((scale.position(median), y), 5, color.filled()))?;
        let digits = if median < 100.0 { 2 } else { 0 };
        let label = super::tables::number(Some(median), digits);
        put(label, (RIGHT + 8, y), 18, color, HPos::Left)?;
    }
    area.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_have_colors_for_light_and_dark_pages() {
        let spread = Spread {
            min: 3.0,
            median: 4.0,
            max: 5.0,
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
