//! Derivatives of the networks of a GAN sample by sample, from the fused passes run row by row.

use crate::game::{Gan, GanBatch, Joint};
use crate::nn::Network;
use crate::nn::fused::{Cotangents, Kernels};
use nalgebra::DMatrix;

/// Rows whose derivatives are held at once.
const ROWS: usize = 64;

/// `grad_theta` of each output row, seeded with `seed`, a column a row: `[parameters, rows]`.
fn by_parameters(
    network: &Network,
    kernels: Kernels,
    theta: &[f64],
    x: &[f64],
    seed: &[f64],
) -> DMatrix<f64> {
    let mut pass = network.pass(kernels);
    let mut out = DMatrix::zeros(network.parameters(), x.len() / network.inputs());
    for (row, to) in
        x.chunks_exact(network.inputs()).zip(out.as_mut_slice().chunks_exact_mut(network.parameters()))
    {
        pass.forward(theta, row);
        pass.backward(theta, seed, Some(to), None);
    }
    out
}

/// `grad_d D(x_i)`, a column a sample: `[parameters, rows]`.
fn judge_gradients(gan: &Gan<f64>, d: &[f64], x: &[f64]) -> DMatrix<f64> {
    by_parameters(&gan.discriminator, gan.kernels, d, x, &[1.0])
}

/// `grad_d dD/dx_c (x_i)`, a column a sample: the tangent along x_c, differentiated backwards.
fn mixed_gradients(gan: &Gan<f64>, d: &[f64], x: &[f64], c: usize) -> DMatrix<f64> {
    let network = &gan.discriminator;
    let mut pass = network.pass(gan.kernels);
    let mut along = vec![0.0; network.inputs()];
    along[c] = 1.0;
    let seed = Cotangents { value: &[0.0][..], dot: &[1.0][..] };
    let mut out = DMatrix::zeros(network.parameters(), x.len() / network.inputs());
    for (row, to) in
        x.chunks_exact(network.inputs()).zip(out.as_mut_slice().chunks_exact_mut(network.parameters()))
    {
        pass.forward(d, row);
        pass.tangent(d, None, Some(&along));
        pass.backward_tangent(d, None, seed, Some(to), None);
    }
    out
}

/// `K_dd = E_x [grad_d D grad_d D']`, `[d, d]`.
pub(super) fn curvature(gan: &Gan<f64>, d: &[f64], x: &[f64]) -> DMatrix<f64> {
    let dim = gan.discriminator.inputs();
    let n = gan.discriminator.parameters();
    let mut out = DMatrix::zeros(n, n);
    for chunk in x.chunks(ROWS * dim) {
        let g = judge_gradients(gan, d, chunk);
        out.gemm(1.0, &g, &g.transpose(), 1.0);
    }
    out / (x.len() / dim) as f64
}

/// `E [grad_d D]` over samples.
pub(super) fn mean_gradient(gan: &Gan<f64>, d: &[f64], x: &[f64]) -> Vec<f64> {
    let dim = gan.discriminator.inputs();
    let mut out = vec![0.0; gan.discriminator.parameters()];
    for chunk in x.chunks(ROWS * dim) {
        let g = judge_gradients(gan, d, chunk);
        out.iter_mut().zip(g.row_iter()).for_each(|(out, row)| *out += row.sum());
    }
    let rows = (x.len() / dim) as f64;
    out.iter_mut().for_each(|x| *x /= rows);
    out
}

/// `K_dg = d/dg E_z [grad_d D(G(z))] = E_z sum_c (grad_d dD/dx_c)(G(z)) (grad_g G_c(z))'`, `[d, g]`.
pub(super) fn interaction(gan: &Gan<f64>, at: &Joint<f64>, batch: &GanBatch<f64>) -> DMatrix<f64> {
    let (dim, latent) = (gan.data_dim(), gan.generator.inputs());
    let mut out = DMatrix::zeros(at.d.len(), at.g.len());
    for z in batch.z.chunks(ROWS * latent) {
        let fake = gan.fakes(&at.g, z);
        for c in 0..dim {
            let mut seed = vec![0.0; dim];
            seed[c] = 1.0;
            let by_d = mixed_gradients(gan, &at.d, &fake, c);
            let by_g = by_parameters(&gan.generator, gan.kernels, &at.g, z, &seed);
            out.gemm(1.0, &by_d, &by_g.transpose(), 1.0);
        }
    }
    out / (batch.z.len() / latent) as f64
}
