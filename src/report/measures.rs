//! The measures by their names in the metrics table, and what each says.

use super::series::{Series, values};
use crate::run::record::Table;

/// A measure: its column, what it is called, and what it says.
pub struct Measure {
    /// Name of the column.
    pub column: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// What it says, in a few words.
    pub meaning: &'static str,
}

const fn measure(column: &'static str, name: &'static str, meaning: &'static str) -> Measure {
    Measure { column, name, meaning }
}

/// Every measure in the order in which tables show it.
pub const MEASURES: &[Measure] = &[
    measure("modes_covered", "modes covered", "modes with enough samples near their centre"),
    measure("modes_any", "modes with any sample", "modes with at least one sample near their centre"),
    measure("high_quality", "high-quality share", "share of samples near some centre"),
    measure(
        "modes_with_spread",
        "modes with spread",
        "covered modes that are not collapsed to a point or a line",
    ),
    measure(
        "spread_trace_median",
        "spread, median",
        "trace of a mode's covariance over the truth's; 1 is right",
    ),
    measure("spread_trace_worst", "spread, worst", "the same in the worst mode"),
    measure(
        "spread_eigen_median",
        "narrowest direction, median",
        "smallest eigenvalue over the truth's; 1 is right",
    ),
    measure("spread_eigen_worst", "narrowest direction, worst", "the same in the worst mode"),
    measure("classes_covered", "classes covered", "classes that enough generated images are taken for"),
    measure(
        "kl_nats",
        "KL over modes (nats)",
        "divergence of the generated shares from the data's; 0 is best",
    ),
    measure("js_nats", "Jensen-Shannon over modes (nats)", "0 is best, log 2 = 0.693 is worst"),
    measure("sliced_w2", "sliced Wasserstein-2", "distance from the data; 0 is best"),
    measure("energy_distance", "energy distance", "distance from the data; 0 is best"),
    measure("mmd2", "squared MMD", "unbiased, so it may fall below 0; 0 is best"),
    measure(
        "classes_at_1",
        "classes with any image",
        "classes that at least one generated image is taken for",
    ),
    measure(
        "classes_at_5",
        "classes with five images",
        "classes that at least five generated images are taken for",
    ),
    measure(
        "modes",
        "modes, corrected",
        "count of stacks without the classifier's errors; left out where it failed on real ones",
    ),
    measure("modes_low", "modes, lower end", "of the 95 % interval of the corrected count"),
    measure("modes_high", "modes, upper end", "of the 95 % interval of the corrected count"),
    measure(
        "class_kl_nats",
        "KL over classes (nats)",
        "divergence of the generated classes' shares from the data's; 0 is best",
    ),
    measure(
        "classifier_score",
        "classifier score",
        "from 1 to the number of classes; high where images are clear and of all classes",
    ),
    measure(
        "confidence",
        "classifier's confidence",
        "mean probability of the class that an image is taken for",
    ),
    measure(
        "feature_frechet",
        "Fréchet distance of features",
        "between Gaussians fitted to the classifier's features; 0 is best",
    ),
    measure("precision", "precision", "share of generated images that lie among real ones; 1 is best"),
    measure("recall", "recall", "share of real images that lie among generated ones; 1 is best"),
    measure(
        "density",
        "density",
        "how many real images' surroundings a generated one lies in; about 1 where the two are alike",
    ),
    measure("coverage", "coverage", "share of real images with a generated one nearby; 1 is best"),
    measure(
        "memorisation_score",
        "memorisation score",
        "about standard normal without copying; far above 0 where images copy the training data",
    ),
    measure(
        "copies",
        "copies",
        "share of images nearer to the training data than 99 % of held-out ones; 0.01 is right",
    ),
    measure(
        "loss_d",
        "loss of the discriminator",
        "log 2 = 0.693 a term means it cannot tell, for the classical losses",
    ),
    measure("loss_g", "loss of the generator", "what the generator minimises"),
    measure("v", "V", "the value of the game"),
    measure("grad_norm_d", "gradient norm, discriminator", "0 at an equilibrium"),
    measure("grad_norm_g", "gradient norm, generator", "0 at an equilibrium"),
    measure("distance_d", "distance, discriminator", "how far its parameters have moved"),
    measure("distance_g", "distance, generator", "how far its parameters have moved"),
    measure("field_norm", "norm of the field", "0 at an equilibrium"),
    measure("distance_equilibrium", "distance from the equilibrium", "0 where the game has settled"),
    measure("energy", "conserved quantity", "constant along the unregularised flow; steps make it drift"),
    measure("potential_norm", "potential part", "‖S v‖, S the symmetric part of the Jacobian"),
    measure("rotational_norm", "rotational part", "‖A v‖, A the antisymmetric part of the Jacobian"),
    measure("step_cosine", "cosine of successive steps", "1: straight on; -1: back and forth"),
    measure("accuracy_real", "accuracy on real samples", "share that the discriminator calls real"),
    measure("accuracy_fake", "accuracy on generated samples", "share that the discriminator calls generated"),
];

/// The last recorded value of a column, finite or not; NaN where there is none.
pub fn final_value(table: &Table, column: &str) -> f64 {
    values(table, column).and_then(|v| v.last().copied()).unwrap_or(f64::NAN)
}

/// Whether a column is there and holds a finite value.
pub fn has(table: &Table, column: &str) -> bool {
    Series::of(table, column).is_some()
}

/// Row numbers that thin `rows` rows to at most `most`, evenly, the first and the last among them.
pub fn thinned(rows: usize, most: usize) -> Vec<usize> {
    if rows <= most || most < 2 {
        return (0..rows.min(most.max(rows.min(1)))).collect();
    }
    (0..most).map(|k| k * (rows - 1) / (most - 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_both_ends() {
        assert_eq!(thinned(0, 60), Vec::<usize>::new());
        assert_eq!(thinned(1, 60), vec![0]);
        assert_eq!(thinned(60, 60).len(), 60);
        let few = thinned(251, 60);
        assert_eq!((few.len(), few[0], few[59]), (60, 0, 250));
        assert!(few.windows(2).all(|w| w[0] < w[1]));
    }
}
