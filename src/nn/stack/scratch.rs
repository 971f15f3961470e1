//! Space that products are made in, lent from one to the next.

/// Buffers whose contents mean nothing between two products.
#[derive(Debug, Default)]
pub struct Scratch<T> {
    /// A factor, or a result that is added up from there: the numbers under the kernel, or blocks side by side.
    pub columns: Vec<T>,
    /// The other side of a dense layer.
    pub strip: Vec<T>,
    /// An image with its padding around it.
    pub padded: Vec<T>,
}
