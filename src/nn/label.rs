//! A sample's label as one more number at the end of its row: whole, and exact in single precision.

use crate::scalar::Scalar;

/// The labels of rows of `width` numbers, the label among them.
pub fn labels_of<T: Scalar>(rows: &[T], width: usize) -> impl Iterator<Item = T> + '_ {
    rows.iter().copied().skip(width - 1).step_by(width)
}

/// Rows of `width` numbers, the label among them, without it.
pub fn without_labels<T: Scalar>(rows: &[T], width: usize) -> Vec<T> {
    rows.chunks_exact(width).flat_map(|row| &row[..width - 1]).copied().collect()
}

/// Rows of `width` numbers with a label behind each.
pub fn with_labels<T: Scalar>(rows: &[T], width: usize, labels: impl Iterator<Item = T>) -> Vec<T> {
    rows.chunks_exact(width).zip(labels).flat_map(|(row, label)| row.iter().copied().chain([label])).collect()
}
