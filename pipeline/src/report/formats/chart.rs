//! Where the parts of a drawing stand. The template writes the marks, so that every word in them is escaped like any
//! other.

use std::fmt::Write as _;

use serde::Serialize;

use crate::report::document::{Bars, StripPoint, Strips};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 44.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 26.0;

#[derive(Serialize)]
pub(crate) struct BarChart {
    width: String,
    height: String,
    left: String,
    left_text: String,
    label_y: String,
    description: String,
    rules: Vec<Rule>,
    bars: Vec<Bar>,
}

#[derive(Serialize)]
pub(crate) struct Rule {
    y: String,
    text_y: String,
    label: String,
}

#[derive(Serialize)]
pub(crate) struct Bar {
    x: String,
    width: String,
    middle: String,
    label: String,
    total: String,
    total_y: String,
    parts: Vec<Part>,
}

#[derive(Serialize)]
pub(crate) struct Part {
    series: usize,
    y: String,
    height: String,
    label: String,
}

#[derive(Serialize)]
pub(crate) struct StripChart {
    width: String,
    height: String,
    lines: Vec<StripLine>,
}

#[derive(Serialize)]
pub(crate) struct StripLine {
    label: String,
    label_y: String,
    y: String,
    left: String,
    right: String,
    lowest: String,
    highest: String,
    middle: Option<Dot>,
    dots: Vec<Dot>,
}

#[derive(Serialize)]
pub(crate) struct Dot {
    x: String,
    y: String,
    label: String,
    own: bool,
    /// A diamond around the point, for one that must be told from the others without colour.
    diamond: String,
}

#[derive(Serialize)]
pub(crate) struct Sparkline {
    lines: Vec<String>,
    x: String,
    y: String,
}

/// Geometry of stacked bars.
pub(crate) fn bar_chart(bars: &Bars) -> BarChart {
    let categories = &bars.categories;
    let total = |at: usize| -> i64 {
        bars.series
            .iter()
            .filter_map(|series| series.values.get(at))
            .sum()
    };
    let totals: Vec<i64> = (0..categories.len()).map(total).collect();
    let top = nice_ceiling(totals.iter().copied().max().unwrap_or(0));
    let plot = HEIGHT - TOP - BOTTOM;
    let height_of = |value: i64| value as f64 / top as f64 * plot;
    let step = (WIDTH - LEFT) / categories.len().max(1) as f64;
    let width = (step * 0.62).min(56.0);

    let drawn = categories
        .iter()
        .zip(&totals)
        .enumerate()
        .map(|(at, (category, &total))| {
            let middle = LEFT + step * (at as f64 + 0.5);
            let mut floor = HEIGHT - BOTTOM;
            let mut parts = Vec::new();
            for (index, series) in bars.series.iter().enumerate() {
                let value = series.values.get(at).copied().unwrap_or(0);
                if value > 0 {
                    floor -= height_of(value);
                    let label = format!("{category}, {}: {value}", series.label);
                    parts.push(Part {
                        series: index,
                        y: at_tenth(floor),
                        height: at_tenth(height_of(value)),
                        label,
                    });
                }
            }
            Bar {
                x: at_tenth(middle - width / 2.0),
                width: at_tenth(width),
                middle: at_tenth(middle),
                label: category.to_string(),
                total: if total > 0 {
                    total.to_string()
                } else {
                    String::new()
                },
                total_y: at_tenth(floor - 6.0),
                parts,
            }
        });
    let rules = [0, top / 2, top].map(|value| {
        let y = HEIGHT - BOTTOM - height_of(value);
        Rule {
            y: at_tenth(y),
            text_y: at_tenth(y + 4.0),
            label: value.to_string(),
        }
    });
    let words: Vec<String> = categories
        .iter()
        .zip(&totals)
        .map(|(category, total)| format!("{category}: {total}"))
        .collect();
    BarChart {
        width: at_tenth(WIDTH),
        height: at_tenth(HEIGHT),
        left: at_tenth(LEFT),
        left_text: at_tenth(LEFT - 8.0),
        label_y: at_tenth(HEIGHT - 8.0),
        description: words.join("; "),
        rules: rules.into(),
        bars: drawn.collect(),
    }
}

/// Geometry of strips: one line a number, from its lowest to its highest point.
pub(crate) fn strip_chart(strips: &Strips) -> StripChart {
    const STEP: f64 = 52.0;
    const MARGIN: f64 = 14.0;
    let lines = strips.lines.iter().enumerate().map(|(at, strip)| {
        let y = STEP * at as f64 + 34.0;
        let numbers: Vec<f64> = strip.points.iter().map(|point| point.number).collect();
        let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let span = if (high - low).abs() < f64::EPSILON {
            1.0
        } else {
            high - low
        };
        let x_of = |number: f64| MARGIN + (WIDTH - 2.0 * MARGIN) * (number - low) / span;
        let dot = |number: f64, label: String, own: bool| {
            let x = x_of(number);
            let (left, right) = (at_tenth(x - 8.0), at_tenth(x + 8.0));
            let (top, bottom) = (at_tenth(y - 8.0), at_tenth(y + 8.0));
            let (x, y) = (at_tenth(x), at_tenth(y));
            Dot {
                diamond: format!("M{x} {top}L{right} {y}L{x} {bottom}L{left} {y}Z"),
                x,
                y,
                label,
                own,
            }
        };
        let end = |point: Option<&StripPoint>| {
            point.map_or_else(String::new, |point| point.text.to_string())
        };
        let mut dots: Vec<Dot> = strip
            .points
            .iter()
            .map(|point| {
                let label = if point.label.is_blank() {
                    point.text.to_string()
                } else {
                    format!("{}: {}", point.label, point.text)
                };
                dot(point.number, label, point.own)
            })
            .collect();
        // What is drawn last lies on top.
        dots.sort_by_key(|dot| dot.own);
        let middle = talktrack_analyzers::statistics::median(&numbers)
            .map(|number| dot(number, String::new(), false));
        StripLine {
            label: strip.label.to_string(),
            label_y: at_tenth(y - 16.0),
            y: at_tenth(y),
            left: at_tenth(MARGIN),
            right: at_tenth(WIDTH - MARGIN),
            lowest: end(strip.points.first()),
            highest: end(strip.points.last()),
            middle,
            dots,
        }
    });
    StripChart {
        width: at_tenth(WIDTH),
        height: at_tenth(STEP * strips.lines.len() as f64 + 4.0),
        lines: lines.collect(),
    }
}

/// Geometry of a small line with its last point marked; nothing where there are fewer than two values.
pub(crate) fn sparkline(points: &[Option<f64>]) -> Option<Sparkline> {
    let known: Vec<f64> = points.iter().copied().flatten().collect();
    if known.len() < 2 {
        return None;
    }
    let low = known.iter().copied().fold(f64::INFINITY, f64::min);
    let high = known.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let span = if (high - low).abs() < f64::EPSILON {
        1.0
    } else {
        high - low
    };
    let x_of = |at: usize| 4.0 + 104.0 * at as f64 / (points.len() - 1) as f64;
    let y_of = |value: f64| 24.0 - 20.0 * (value - low) / span;

    let mut lines = Vec::new();
    let mut line = String::new();
    let mut last = (0.0, 0.0);
    for (at, point) in points.iter().enumerate() {
        match point {
            Some(value) => {
                last = (x_of(at), y_of(*value));
                let pen = if line.is_empty() { 'M' } else { 'L' };
                // Writing to a string cannot fail.
                let _ = write!(line, "{pen}{} {}", at_tenth(last.0), at_tenth(last.1));
            }
            None if line.is_empty() => {}
            None => lines.push(std::mem::take(&mut line)),
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    Some(Sparkline {
        lines,
        x: at_tenth(last.0),
        y: at_tenth(last.1),
    })
}

/// The next number above that reads well on an axis and is even, so that its half is whole.
fn nice_ceiling(highest: i64) -> i64 {
    let mut scale = 1;
    loop {
        for step in [2, 4, 6, 8, 10, 12, 16] {
            if highest <= step * scale {
                return step * scale;
            }
        }
        scale *= 10;
    }
}

fn at_tenth(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0")
        .map_or_else(|| text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::Series;

    #[test]
    fn an_axis_ends_at_a_round_even_number() {
        for (highest, top) in [
            (0, 2),
            (1, 2),
            (3, 4),
            (5, 6),
            (7, 8),
            (11, 12),
            (41, 60),
            (99, 100),
            (101, 120),
        ] {
            assert_eq!(nice_ceiling(highest), top, "{highest}");
        }
    }

    #[test]
    fn a_gap_parts_the_line() {
        let drawing = sparkline(&[Some(1.0), Some(3.0), None, Some(2.0)]).expect("enough points");
        assert_eq!(drawing.lines, ["M4 24L38.7 4", "M108 14"]);
        assert!(sparkline(&[Some(1.0), None]).is_none());
    }

    #[test]
    fn bars_reach_as_high_as_their_sum() {
        let series = |label: &str| Series {
            quotes: Vec::new(),
            label: label.into(),
            values: vec![1, 0],
        };
        let drawing = bar_chart(&Bars {
            title: "t".into(),
            unit: "u".into(),
            categories: vec!["Jan".into(), "Feb".into()],
            series: vec![series("a"), series("b")],
        });
        assert_eq!(drawing.bars[0].total, "2");
        assert_eq!(drawing.bars[0].parts[1].y, "22");
        assert!(drawing.bars[1].parts.is_empty());
    }
}
