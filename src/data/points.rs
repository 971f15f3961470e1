//! A cloud of points and the modes that it may have.

/// Half of the window's side over half of the larger extent of the draws.
const WINDOW_MARGIN: f64 = 1.25;

/// Points of one dimension, stored row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// Coordinates a point, at least 1.
    pub dim: usize,
    /// `len() * dim` numbers, point by point.
    pub values: Vec<f64>,
}

impl Points {
    /// Points from their coordinates, row by row; a trailing partial row is an error of the caller.
    pub fn new(dim: usize, values: Vec<f64>) -> Self {
        debug_assert!(dim > 0 && values.len().is_multiple_of(dim));
        Points { dim, values }
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.values.len() / self.dim
    }

    /// Whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The points, one slice each.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.dim)
    }

    /// A square window of the plane that shows the points, `[x0, x1, y0, y1]`: around their middle, a quarter wider
    /// than they extend. `None` unless they are in the plane.
    pub fn window(&self) -> Option<[f64; 4]> {
        if self.dim != 2 {
            return None;
        }
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for row in self.rows() {
            for axis in 0..2 {
                low[axis] = low[axis].min(row[axis]);
                high[axis] = high[axis].max(row[axis]);
            }
        }
        // Halved first, so that not even the largest numbers overflow.
        let middle = [0, 1].map(|axis| low[axis] / 2.0 + high[axis] / 2.0);
        let extent = [0, 1].map(|axis| high[axis] / 2.0 - low[axis] / 2.0);
        let reach = WINDOW_MARGIN * extent[0].max(extent[1]);
        let reach = if reach > 0.0 { reach } else { 1.0 };
        Some([middle[0] - reach, middle[0] + reach, middle[1] - reach, middle[1] + reach])
    }

    /// The first `n` points, or all where there are fewer.
    pub fn first(&self, n: usize) -> Points {
        Points::new(self.dim, self.values[..self.len().min(n) * self.dim].to_vec())
    }

    /// The `index`-th point.
    pub fn row(&self, index: usize) -> &[f64] {
        &self.values[index * self.dim..][..self.dim]
    }
}

/// One mode of a distribution: a Gaussian, or the points of one label summed up as one.
#[derive(Clone, Debug, PartialEq)]
pub struct Mode {
    /// Its centre, `dim` numbers.
    pub center: Vec<f64>,
    /// Its covariance, `dim * dim` numbers row by row, positive definite.
    pub covariance: Vec<f64>,
    /// Its probability; the weights of all modes sum to 1.
    pub weight: f64,
}
