//! The symmetric and antisymmetric part of a Jacobian that is only known by its products.

use super::krylov::{Search, SearchError, partial_told};
use crate::game::{Joint, Linearized};
use crate::random::{Address, Stream, fill_normal};

/// Random vectors from which a norm is estimated.
const PROBES: u64 = 16;
/// Number of the draw of probes within the analysis stream.
const PROBE_STEP: u64 = u64::MAX - 1;

/// The largest eigenvalue of S = (J + J') / 2, from above: with its residual added.
pub(super) fn numerical_abscissa<E: std::error::Error + Send + 'static>(
    operator: &dyn Linearized<f64, E>,
    seed: u64,
    tell: &dyn Fn(&str),
) -> Result<f64, SearchError<E>> {
    let search = Search { count: 1, conditions: false, seed, ..Search::default() };
    let rough =
        partial_told(&Shifted { operator, by: 0.0 }, &Search { tolerance: 1e-2, ..search }, tell)?.radius;
    // The spectrum of S is real: moved to the right of zero, its rightmost end has the largest magnitude.
    let by = 1.1 * rough;
    let top = partial_told(&Shifted { operator, by }, &Search { tolerance: 1e-6, ..search }, tell)?;
    Ok(top.eigen.first().map_or(f64::NAN, |e| e.value.re + e.residual - by))
}

/// S + by, with S = (J + J') / 2.
struct Shifted<'a, E> {
    operator: &'a dyn Linearized<f64, E>,
    by: f64,
}

impl<E> Linearized<f64, E> for Shifted<'_, E> {
    fn sizes(&self) -> [usize; 2] {
        self.operator.sizes()
    }

    fn times(&self, w: &Joint<f64>) -> Result<Joint<f64>, E> {
        let mut out = self.operator.times(w)?;
        out.add_scaled(1.0, &self.operator.transposed_times(w)?);
        out.scale(0.5);
        out.add_scaled(self.by, w);
        Ok(out)
    }

    fn transposed_times(&self, w: &Joint<f64>) -> Result<Joint<f64>, E> {
        self.times(w)
    }
}

/// ‖A‖^2 / (‖S‖^2 + ‖A‖^2), estimated from random vectors: E ‖M w‖^2 = ‖M‖^2 for standard normal w (Hutchinson 1989).
pub(super) fn hamiltonian_share_by_probes<E>(operator: &dyn Linearized<f64, E>, seed: u64) -> Result<f64, E> {
    let sizes = operator.sizes();
    let (mut turning, mut all) = (0.0, 0.0);
    for probe in 0..PROBES {
        let mut w = vec![0.0; sizes[0] + sizes[1]];
        fill_normal(Address::new(seed, Stream::Analysis, PROBE_STEP).with_draw(probe), &mut w);
        let w = Joint::from_flat(&w, sizes[0]);
        let (forth, back) = (operator.times(&w)?.flat(), operator.transposed_times(&w)?.flat());
        for (a, b) in forth.iter().zip(&back) {
            turning += (a - b) * (a - b) / 4.0;
            all += (a * a + b * b) / 2.0;
        }
    }
    Ok(if all > 0.0 { turning / all } else { 0.0 })
}
