//! Every pass against the same pass layer by layer: bit by bit.

use super::Shallow;
use crate::nn::fused::{Cotangents, Kernels, Pass};
use crate::nn::{Mlp, NetworkPass};
use crate::random::{Address, Stream, fill_uniform};
use crate::scalar::Scalar;
use crate::scenario::Activation;
use proptest::prelude::*;

/// A network, how many rows it is shown, and where their numbers come from.
#[derive(Clone, Debug)]
struct Case {
    mlp: Mlp,
    rows: usize,
    seed: u64,
}

fn case() -> impl Strategy<Value = Case> {
    let units = prop_oneof![Just(16), Just(32), Just(48), Just(64), Just(128)];
    let activation = prop_oneof![Just(Activation::Relu), Just(Activation::LeakyRelu)];
    let scale = prop_oneof![Just(1.0), Just(0.25)];
    (units, activation, [scale.clone(), scale], 1usize..40, any::<u64>()).prop_map(
        |(units, activation, [input_scale, output_scale], rows, seed)| Case {
            mlp: Mlp { sizes: vec![2, units, 1], activation, input_scale, output_scale },
            rows,
            seed,
        },
    )
}

impl Case {
    fn numbers<T: Scalar>(&self, stream: u64, n: usize) -> Vec<T> {
        let mut out = vec![T::ZERO; n];
        fill_uniform(Address::new(self.seed, Stream::Analysis, stream), &mut out);
        out.iter_mut().for_each(|x| *x = *x + *x - T::ONE);
        out
    }

    /// All that the passes of one network give, one after the other.
    fn all<T: Scalar>(&self, pass: &mut dyn NetworkPass<T>) -> Vec<Vec<T>> {
        let n = self.mlp.parameters();
        let (theta, dot) = (self.numbers::<T>(0, n), self.numbers::<T>(1, n));
        let points = |stream| self.numbers::<T>(stream, 2 * self.rows);
        let (x, x_dot, [bar, bar_dot]) = (points(2), points(3), [4, 5].map(|s| self.numbers(s, self.rows)));
        let mut seen = Vec::new();
        pass.forward(&theta, &x);
        seen.push(pass.output().to_vec());
        let (mut grads, mut x_bar) = (self.numbers::<T>(6, n), points(7));
        pass.backward(&theta, &bar, Some(&mut grads), None);
        pass.backward(&theta, &bar_dot, None, Some(&mut x_bar));
        seen.extend([grads.clone(), x_bar]);
        for (by_theta, by_input) in [(true, false), (false, true), (true, true)] {
            let theta_dot = by_theta.then_some(&dot[..]);
            pass.tangent(&theta, theta_dot, by_input.then_some(&x_dot[..]));
            seen.push(pass.output_dot().to_vec());
            let bars = Cotangents { value: &bar, dot: &bar_dot };
            let (mut x_bar, mut x_dot_bar) = (points(8), points(9));
            let to_input = Some((&mut x_bar[..], &mut x_dot_bar[..]));
            pass.backward_tangent(&theta, theta_dot, bars, Some(&mut grads), to_input);
            seen.extend([grads.clone(), x_bar, x_dot_bar]);
        }
        seen
    }

    fn same<T: Scalar>(&self) -> Result<(), TestCaseError> {
        let Some(mut shallow) = Shallow::<T>::new(&self.mlp, Kernels::Native) else {
            return Err(TestCaseError::fail("this network has one hidden layer on points"));
        };
        let mut layers = Pass::<T>::new(&self.mlp, Kernels::Native);
        prop_assert_eq!(self.all(&mut shallow), self.all(&mut layers));
        Ok(())
    }
}

proptest! {
    #[test]
    fn passes_without_hidden_units_are_those_with_them(case in case()) {
        case.same::<f32>()?;
        case.same::<f64>()?;
    }
}
