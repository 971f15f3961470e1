//! x
pub mod points;
pub use points::{Mode, Points};
/// stub
pub struct RealData;
impl RealData {
    /// stub
    pub fn sample(&self, _a: crate::random::Address, _n: usize) -> Points {
        todo!()
    }
}
/// stub
pub fn sample_latent<T: crate::scalar::Scalar>(
    _prior: crate::scenario::Latent,
    a: crate::random::Address,
    _dim: usize,
    out: &mut [T],
) {
    crate::random::fill_normal(a, out)
}
