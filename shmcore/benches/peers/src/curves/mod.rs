//! How a time grows with a size: the same tables, whose rows are sizes, and the exponent of the growth under each column.

mod heaps;
mod maps;
mod processes;
mod regions;

use std::fmt;

use crate::Context;
use crate::table::{Cell, Row, Table};

pub(crate) use heaps::allocate;
pub(crate) use maps::maps;
pub(crate) use processes::{ask, notice};
pub(crate) use regions::attach;

/// Rows of growing sizes.
pub(crate) struct Curve {
    table: Table,
    sizes: Vec<f64>,
}

impl Curve {
    /// Measures all sizes. `measure` returns one row.
    #[expect(clippy::cast_precision_loss, reason = "much below 2^53")]
    fn new(
        [name, title, fairness]: [&'static str; 3],
        sizes: &[usize],
        mut measure: impl FnMut(usize) -> Row,
    ) -> Self {
        let rows = sizes.iter().map(|&size| measure(size)).collect();
        let sizes = sizes.iter().map(|&size| size as f64).collect();
        Self { table: Table { found: None, name, title, fairness, rows }, sizes }
    }

    /// The exponents, one a column.
    fn slopes(&self) -> Vec<String> {
        let columns = self.table.rows.first().map_or(0, |row| row.cells.len());
        let slope = |column: usize| {
            let points = self.sizes.iter().zip(&self.table.rows).filter_map(|(size, row)| {
                match &row.cells[column].1 {
                    Cell::Figure(figure) => Some((size.ln(), figure.median.ln())),
                    _ => None,
                }
            });
            format!("{}: {:.2}", self.table.rows[0].cells[column].0.name, slope(&points.collect::<Vec<_>>()))
        };
        (0..columns).map(slope).collect()
    }
}

/// Of the line through the points with the least squares.
#[expect(clippy::cast_precision_loss, reason = "a few points")]
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let covariance: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let variance: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    covariance / variance
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.table)?;
        let slopes = self.slopes().join(", ");
        writeln!(
            f,
            "\nSlope, the exponent by which the time grows with the size (0: not at all, 1: alike): {slopes}"
        )
    }
}

/// A size for people: bytes in powers of 1024.
fn bytes(size: usize) -> String {
    match size.ilog2() / 10 {
        0 => format!("{size} B"),
        1 => format!("{} KiB", size >> 10),
        2 => format!("{} MiB", size >> 20),
        _ => format!("{} GiB", size >> 30),
    }
}

/// The sizes of a quick run: a few of the smaller ones, and no less than two.
fn sizes<'a>(context: &Context, sizes: &'a [usize]) -> &'a [usize] {
    &sizes[..context.pace.sizes(sizes.len())]
}

#[cfg(test)]
mod tests {
    use super::slope;

    #[test]
    fn slope_of_a_power_is_its_exponent() {
        for exponent in [-0.5, 0.0, 1.0, 2.0] {
            let points = [1.0_f64, 10.0, 32.0, 1e6].map(|size| (size.ln(), (7.0 * size.powf(exponent)).ln()));
            assert!((slope(&points) - exponent).abs() < 1e-9, "{exponent}");
        }
    }
}
