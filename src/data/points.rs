//! A cloud of points and the modes that it may have.

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
