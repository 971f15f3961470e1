//! Nagarajan & Kolter's theorem as a test: at an equilibrium that a generator can reach exactly, the gradient-norm
//! regulariser makes stable what circles without it.

use ganscope::game::{Draw, Game};
use ganscope::run::{RunOptions, gan_of};
use ganscope::scenario::{Override, load};
use ganscope::spectrum::{apart_from_flat, dense_jacobian, eigenvalues, largest_real};
use std::error::Error;

/// The largest real part of the eigenvalues, flat directions apart, at the solution of a linear GAN.
fn rightmost(objective: &str, eta: f64) -> Result<f64, Box<dyn Error>> {
    let set = [
        &format!("game.objective=\"{objective}\""),
        "game.generator.hidden=[]",
        "game.discriminator.hidden=[]",
        "data.paired=true",
        &format!("game.regularizer=[{{ kind = \"gradient_norm\", eta = {eta} }}]"),
    ];
    let set = set.iter().map(|text| Override::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let gan = gan_of::<f64>(&load("teacher-student", &set, None)?, &RunOptions::new("unused"))?;
    let at = gan.solution().ok_or("a teacher's game has a solution")?;
    let batch = gan.draw(Draw { step: 0, draw: 0 });
    let field = gan.field(&at, &batch)?.flat();
    assert!(field.iter().all(|v| v.abs() < 1e-12), "the solution is an equilibrium");
    let values = eigenvalues(&dense_jacobian(&gan, &at, &batch)?)?;
    Ok(largest_real(&apart_from_flat(&values, 1e-6)))
}

#[test]
fn the_wasserstein_gan_circles_and_the_regulariser_damps_it() -> Result<(), Box<dyn Error>> {
    assert!(rightmost("wasserstein", 0.0)?.abs() < 1e-9);
    assert!(rightmost("wasserstein", 0.5)? < -0.1);
    Ok(())
}

#[test]
fn the_classical_gan_is_stable_with_and_without_the_regulariser() -> Result<(), Box<dyn Error>> {
    assert!(rightmost("minimax", 0.0)? < -1e-3);
    assert!(rightmost("minimax", 0.5)? < rightmost("minimax", 0.0)?);
    Ok(())
}
