//! What a run records: a table of measures, and frames for pictures.

use crate::data::Points;

/// The metrics table: named columns, one row a record. A missing measure is NaN.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Names of the columns; the first is `step`.
    pub names: Vec<String>,
    /// The rows, each as long as `names`.
    pub rows: Vec<Vec<f64>>,
}

impl Table {
    /// The table of a text in CSV; an empty cell is NaN. The error says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let names = reader.headers().map_err(|e| e.to_string())?.iter().map(str::to_string).collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|e| e.to_string())?;
            let number = |cell: &str| if cell.is_empty() { Ok(f64::NAN) } else { cell.parse::<f64>() };
            let row: Result<Vec<f64>, _> = record.iter().map(number).collect();
            rows.push(row.map_err(|e| format!("row {}: {e}", rows.len() + 1))?);
        }
        Ok(Table { names, rows })
    }

    /// A column by its name.
    pub fn column(&self, name: &str) -> Option<Vec<f64>> {
        let index = self.names.iter().position(|n| n == name)?;
        Some(self.rows.iter().map(|row| row[index]).collect())
    }

    /// The last value of a column.
    pub fn last(&self, name: &str) -> Option<f64> {
        self.column(name)?.last().copied()
    }

    /// The columns whose names start with `prefix` followed by a number, in order.
    pub fn numbered(&self, prefix: &str) -> Vec<Vec<f64>> {
        (0..).map_while(|k| self.column(&format!("{prefix}{k}"))).collect()
    }
}

/// What a recorded step keeps for pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The step.
    pub step: u64,
    /// Generated samples.
    pub samples: Points,
    /// The discriminator over the plane; only for data of two dimensions.
    pub landscape: Option<Landscape>,
    /// The image of a square grid of latent vectors; only for data of two dimensions.
    pub warp: Option<Warp>,
}

/// The discriminator's logit over a square window of the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Landscape {
    /// The window: x and y both run over this interval, shifted to each axis: `[x0, x1, y0, y1]`.
    pub window: [f64; 4],
    /// Grid points along each side of `logits`.
    pub side: usize,
    /// Logits, `side * side`, row by row from y0 upwards, x running fastest; both ends included.
    pub logits: Vec<f32>,
    /// Grid points along each side of `push`.
    pub push_side: usize,
    /// -grad_x of the generator's loss at one sample placed there, `push_side * push_side` pairs laid out as
    /// `logits`, at the centres of equal cells: the direction in which the discriminator pushes samples.
    pub push: Vec<[f32; 2]>,
}

/// The generator's image of a square grid in a plane of the latent space.
#[derive(Clone, Debug, PartialEq)]
pub struct Warp {
    /// Grid points along each side.
    pub side: usize,
    /// Images of the grid points, `side * side` points, row by row.
    pub points: Points,
    /// Half the side of the square in the latent plane, in latent units.
    pub reach: f64,
}
