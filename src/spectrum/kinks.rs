//! Kinks of piecewise linear networks: between two points on different sides of one the field is not the function
//! that its Jacobian at either point describes.

use crate::game::{Gan, GanBatch, Joint};
use crate::nn::{Mlp, Network};
use serde::{Deserialize, Serialize};

/// A pre-activation of this share of the sum of magnitudes that it is made of lies at its kink, as far as rounding
/// can tell.
const ROUNDING: f64 = 8.0 * f64::EPSILON;

/// Hidden units of both networks on a batch, seen at two points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kinks {
    /// Pairs of a row and a hidden unit: of the generator on z, of the discriminator on x and on G(z); those with
    /// smooth activations are not among them.
    pub seen: usize,
    /// Those whose pre-activation has another sign at the second point.
    pub crossed: usize,
    /// Those whose pre-activation at the second point is 0 within rounding.
    pub at_kink: usize,
}

/// Counts the kinks of multilayer perceptrons between two points on a batch; layers over images are not looked into. Generated samples are those of each point's own generator.
pub fn kinks(gan: &Gan<f64>, from: &Joint<f64>, to: &Joint<f64>, batch: &GanBatch<f64>) -> Kinks {
    let shown = [from, to].map(|at| gan.shown(batch, &gan.generate(&at.g, &batch.z)));
    let [[real, _], _] = &shown;
    let fake = shown.each_ref().map(|[_, fake]| fake);
    let mut out = Kinks::default();
    out.count(&gan.generator, [&from.g, &to.g], [&batch.z, &batch.z]);
    out.count(&gan.discriminator, [&from.d, &to.d], [real, real]);
    out.count(&gan.discriminator, [&from.d, &to.d], [fake[0], fake[1]]);
    out
}

impl Kinks {
    fn count(&mut self, network: &Network, theta: [&[f64]; 2], x: [&[f64]; 2]) {
        let Some(mlp) = network.mlp() else { return };
        if !mlp.activation.piecewise_linear() {
            return;
        }
        let rows = x.map(|x| x.chunks_exact(mlp.inputs()));
        let [from, to] = rows;
        for (from, to) in from.zip(to) {
            for (from, to) in signs(mlp, theta[0], from).into_iter().zip(signs(mlp, theta[1], to)) {
                self.seen += 1;
                // A unit at its kink has no side, so it does not cross.
                self.crossed += usize::from(from * to < 0);
                self.at_kink += usize::from(to == 0);
            }
        }
    }
}

/// The sign of each hidden pre-activation of one row, layer by layer; 0 within rounding of the kink.
fn signs(mlp: &Mlp, theta: &[f64], x: &[f64]) -> Vec<i8> {
    let layers = mlp.layers();
    let mut h: Vec<f64> = x.iter().map(|x| x * mlp.input_scale).collect();
    let mut out = Vec::new();
    for layer in &layers[..layers.len() - 1] {
        let weights = theta[layer.weight.clone()].chunks_exact(layer.inputs);
        let next = weights.zip(&theta[layer.bias.clone()]).map(|(weights, bias)| {
            let terms = || weights.iter().zip(&h).map(|(w, h)| w * h);
            let (a, size) = (bias + terms().sum::<f64>(), bias.abs() + terms().map(f64::abs).sum::<f64>());
            out.push(if a.abs() <= ROUNDING * size {
                0
            } else if a > 0.0 {
                1
            } else {
                -1
            });
            mlp.activation.jet(a).0
        });
        h = next.collect();
    }
    out
}
