//! What must hold of games on paper.

use super::Checker;
use crate::formula::Names;
use crate::scenario::{
    Bilinear, Dirac, Expression, Game, Hopf, LqWgan, OnPaper, Parts, Quadratic, RandomMatrix, Record,
    Regularizer, Start, Uniform,
};
use nalgebra::DMatrix;
use std::collections::HashSet;

/// Starts, and factors on the step size, that a picture has room for.
const STARTS: usize = 32;
const RUNGS: usize = 64;
/// Parameters that a game on paper may have: its Jacobian is written out, and each of its columns is a pass.
const LARGEST: usize = 200;
/// The largest n with 2 (n^2 + n) <= LARGEST.
const LARGEST_DIMENSION: usize = 9;
/// Share of the largest eigenvalue of a covariance up to which one is 0.
const SINGULAR: f64 = 1e-12;

impl Checker {
    pub(super) fn dirac(&mut self, game: &Dirac) {
        self.not_negative(game.noise, "game.noise");
    }

    pub(super) fn uniform(&mut self, game: &Uniform) {
        self.centred_at_zero(&game.regularizer, "the uniform game");
    }

    /// Penalties whose expectation has a closed form where the discriminator's slope is not the same everywhere.
    fn centred_at_zero(&mut self, regularizers: &[Regularizer], game: &str) {
        for (index, regularizer) in regularizers.iter().enumerate() {
            if let Regularizer::GradientPenalty { center, one_sided, .. } = regularizer {
                let path = format!("game.regularizer.{index}.center");
                let message = format!(
                    "must be 0 in {game} (and `one_sided` false): the mean of other norms has no closed form there; \
                     write center = 0, or take r1 or r2"
                );
                self.hold(*center == 0.0 && !one_sided, &path, &message);
            }
        }
    }

    pub(super) fn quadratic(&mut self, game: &Quadratic) {
        let n = game.dimension();
        match (&game.matrix, &game.parts) {
            (Some(matrix), None) => self.matrix(matrix, n, "game.matrix"),
            (None, Some(parts)) => self.parts(parts, n),
            _ => self.hold(false, "game", "needs either `matrix` or `parts`; give one of them"),
        }
        let message = format!("must leave each player at least one of the {n} parameters");
        let fine = game.discriminator > 0 && game.discriminator < n;
        self.hold(fine, "game.discriminator", &message);
        self.no_samples(&game.regularizer);
    }

    fn parts(&mut self, parts: &Parts, n: usize) {
        self.hold(n > 0, "game.parts", "must hold `potential` or `hamiltonian`, the rows of a square matrix");
        self.finite(parts.rotation, "game.parts.rotation");
        for (name, rows, sign, word) in [
            ("potential", &parts.potential, 1.0, "symmetric"),
            ("hamiltonian", &parts.hamiltonian, -1.0, "antisymmetric"),
        ] {
            let path = format!("game.parts.{name}");
            if rows.is_empty() {
                continue;
            }
            self.matrix(rows, n, &path);
            self.hold(rows.len() == n, &path, &format!("has {} rows; both parts must have {n}", rows.len()));
            self.mirrored(rows, sign, &path, word);
        }
    }

    /// Complains where a square matrix differs from `sign` times its transpose.
    fn mirrored(&mut self, rows: &[Vec<f64>], sign: f64, path: &str, word: &str) {
        let entry = |i: usize, j: usize| rows.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0.0);
        let pairs = (0..rows.len()).flat_map(|i| (0..=i).map(move |j| (i, j)));
        let wrong = pairs.into_iter().find(|(i, j)| entry(*i, *j) != sign * entry(*j, *i));
        if let Some((i, j)) = wrong {
            let (low, high) = (entry(i, j), entry(j, i));
            let message = format!(
                "must be {word}: row {}, column {} is {low} and row {}, column {} is {high}",
                i + 1,
                j + 1,
                j + 1,
                i + 1
            );
            self.hold(false, path, &message);
        }
    }

    pub(super) fn bilinear(&mut self, game: &Bilinear) {
        match (&game.matrix, &game.random) {
            (Some(matrix), None) => self.matrix(matrix, matrix.first().map_or(0, Vec::len), "game.matrix"),
            (None, Some(random)) => self.random(random),
            _ => self.hold(false, "game", "needs either `matrix` or `random`; give one of them"),
        }
        self.no_samples(&game.regularizer);
    }

    fn random(&mut self, random: &RandomMatrix) {
        for (key, size) in [("d", random.d), ("g", random.g)] {
            let path = format!("game.random.{key}");
            let message = format!("must be from 1 to {LARGEST}, not {size}");
            self.hold((1..=LARGEST).contains(&size), &path, &message);
        }
        let path = "game.random.condition";
        let fine = random.condition.is_finite() && random.condition >= 1.0;
        let message = format!("must be at least 1, not {}", random.condition);
        self.hold(fine, path, &message);
        let one = random.d.min(random.g) == 1 && random.condition != 1.0;
        self.hold(!one, path, "must be 1 where a player has one parameter: there is one singular value");
        self.hold(i64::try_from(random.seed).is_ok(), "game.random.seed", "must be below 2^63");
    }

    pub(super) fn lq_wgan(&mut self, game: &LqWgan) {
        let n = game.mean.len();
        self.hold(n > 0, "game.mean", "must hold at least one number");
        let message = format!(
            "has {n} numbers; at most {LARGEST_DIMENSION} fit: each player has n^2 + n parameters, and a game on paper \
             at most {LARGEST}"
        );
        self.hold(n <= LARGEST_DIMENSION, "game.mean", &message);
        game.mean.iter().for_each(|x| self.finite(*x, "game.mean"));
        let path = "game.covariance";
        let rows = &game.covariance;
        let message = format!("has {} rows; the mean has {n} numbers, so it must have {n}", rows.len());
        self.hold(rows.len() == n, path, &message);
        let before = self.found.len();
        self.matrix(rows, n, path);
        self.mirrored(rows, 1.0, path, "symmetric");
        if rows.len() == n && n <= LARGEST_DIMENSION && self.found.len() == before {
            let matrix = DMatrix::from_fn(n, n, |i, j| rows[i][j]);
            let values = matrix.symmetric_eigenvalues();
            let (least, most) = (values.min(), values.max());
            let message = format!(
                "must be positive definite, and its smallest eigenvalue is {least:.3e}: add to the diagonal, or leave \
                 out a coordinate that the others determine"
            );
            self.hold(least > SINGULAR * most, path, &message);
        }
        self.centred_at_zero(&game.regularizer, "the linear-quadratic WGAN");
    }

    pub(super) fn hopf(&mut self, game: &Hopf) {
        let keys = [
            ("mu", game.mu),
            ("frequency", game.frequency),
            ("cubic", game.cubic),
            ("quintic", game.quintic),
        ];
        keys.into_iter().for_each(|(key, value)| self.finite(value, &format!("game.{key}")));
        let message = "must not be 0: without rotation there is no cycle, but a circle of equilibria";
        self.hold(game.frequency != 0.0, "game.frequency", message);
        self.no_samples(&game.regularizer);
    }

    pub(super) fn expression(&mut self, game: &Expression) {
        let mut known = HashSet::new();
        for (player, names) in [("d", &game.parameters.d), ("g", &game.parameters.g)] {
            let path = format!("game.parameters.{player}");
            self.hold(!names.is_empty(), &path, "must name at least one parameter");
            for (index, name) in names.iter().enumerate() {
                self.own_name(name, &format!("{path}.{index}"), &mut known);
            }
        }
        let n: usize = game.sizes().iter().sum();
        let message = format!("names {n} parameters; a game on paper has at most {LARGEST}");
        self.hold(n <= LARGEST, "game.parameters", &message);
        for (name, value) in &game.constants {
            let path = format!("game.constants.{name}");
            self.own_name(name, &path, &mut known);
            self.finite(*value, &path);
        }
        game.equilibrium.iter().for_each(|at| self.start(at, game.sizes(), "game.equilibrium"));
        self.no_samples(&game.regularizer);
    }

    fn own_name<'a>(&mut self, name: &'a str, path: &str, known: &mut HashSet<&'a str>) {
        if let Some(why) = Names::unfit(name) {
            self.found.push((path.into(), format!("`{path}`: the name `{name}` {why}; choose another")));
        }
        let message = format!(": the name `{name}` is given twice; choose another");
        self.hold(known.insert(name), path, &message);
    }

    fn matrix(&mut self, rows: &[Vec<f64>], columns: usize, key: &str) {
        self.hold(columns > 0, key, "must hold at least one row with one number");
        let fits = rows.len() <= LARGEST && columns <= LARGEST;
        let message = format!("may have at most {LARGEST} rows and columns; make it smaller");
        self.hold(fits, key, &message);
        for (index, row) in rows.iter().enumerate().take(LARGEST) {
            let path = format!("{key}.{index}");
            let message = format!("has {} numbers; each row must have {columns}", row.len());
            self.hold(row.len() == columns, &path, &message);
            row.iter().for_each(|x| self.finite(*x, &path));
        }
    }

    pub(super) fn no_samples(&mut self, regularizers: &[Regularizer]) {
        for (index, regularizer) in regularizers.iter().enumerate() {
            let of_input = matches!(
                regularizer,
                Regularizer::R1 { .. } | Regularizer::R2 { .. } | Regularizer::GradientPenalty { .. }
            );
            let message = "is a penalty on the discriminator's slope at samples, and this game has none; take \
                           gradient_norm, consensus or weight_decay";
            self.hold(!of_input, &format!("game.regularizer.{index}"), message);
        }
    }

    /// What holds for every game on paper.
    pub(super) fn on_paper(&mut self, game: &Game) {
        let Some(OnPaper { sizes, objective, start, regularizer }) = game.on_paper() else { return };
        objective.iter().for_each(|objective| self.objective(objective));
        self.regularizers(regularizer);
        start.iter().for_each(|start| self.start(start, sizes, "game.start"));
    }

    /// What is drawn of a game on paper besides the run itself.
    pub(super) fn drawn(&mut self, game: &Game, record: &Record) {
        let Some(OnPaper { sizes, .. }) = game.on_paper() else { return };
        for (path, count, most) in
            [("record.starts", record.starts.len(), STARTS), ("record.ladder", record.ladder.len(), RUNGS)]
        {
            let message = format!("has {count} entries; at most {most} can be told apart in a picture");
            self.hold(count <= most, path, &message);
        }
        for (index, start) in record.starts.iter().enumerate().take(STARTS) {
            self.start(start, sizes, &format!("record.starts.{index}"));
        }
        for (index, factor) in record.ladder.iter().enumerate().take(RUNGS) {
            self.positive(*factor, &format!("record.ladder.{index}"));
        }
    }

    fn start(&mut self, Start { d, g }: &Start, sizes: [usize; 2], path: &str) {
        for (key, values, size) in [("d", d, sizes[0]), ("g", g, sizes[1])] {
            let path = format!("{path}.{key}");
            let message = format!("has {} numbers; the game has {size} there", values.len());
            self.hold(values.len() == size, &path, &message);
            values.iter().for_each(|x| self.finite(*x, &path));
        }
    }
}
