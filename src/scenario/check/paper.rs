//! What must hold of games on paper.

use super::Checker;
use crate::scenario::{Bilinear, Dirac, Game, OnPaper, Quadratic, Record, Regularizer, Start, Uniform};

/// Starts, and factors on the step size, that a picture has room for.
const STARTS: usize = 32;
const RUNGS: usize = 64;
/// Parameters that a game on paper may have: its Jacobian is written out, and each of its columns is a pass.
const LARGEST: usize = 200;

impl Checker {
    pub(super) fn dirac(&mut self, game: &Dirac) {
        self.not_negative(game.noise, "game.noise");
    }

    pub(super) fn uniform(&mut self, game: &Uniform) {
        for (index, regularizer) in game.regularizer.iter().enumerate() {
            if let Regularizer::GradientPenalty { center, one_sided, .. } = regularizer {
                let path = format!("game.regularizer.{index}.center");
                let message = "must be 0 in the uniform game (and `one_sided` false): the mean of other norms has \
                               no closed form there; write center = 0, or take r1 or r2";
                self.hold(*center == 0.0 && !one_sided, &path, message);
            }
        }
    }

    pub(super) fn quadratic(&mut self, game: &Quadratic) {
        let n = game.matrix.len();
        self.matrix(&game.matrix, n);
        let message = format!("must leave each player at least one of the {n} parameters");
        let fine = game.discriminator > 0 && game.discriminator < n;
        self.hold(fine, "game.discriminator", &message);
        self.no_samples(&game.regularizer);
    }

    pub(super) fn bilinear(&mut self, game: &Bilinear) {
        self.matrix(&game.matrix, game.matrix.first().map_or(0, Vec::len));
        self.no_samples(&game.regularizer);
    }

    fn matrix(&mut self, rows: &[Vec<f64>], columns: usize) {
        self.hold(columns > 0, "game.matrix", "must hold at least one row with one number");
        let fits = rows.len() <= LARGEST && columns <= LARGEST;
        let message = format!("may have at most {LARGEST} rows and columns; make it smaller");
        self.hold(fits, "game.matrix", &message);
        for (index, row) in rows.iter().enumerate().take(LARGEST) {
            let path = format!("game.matrix.{index}");
            let message = format!("has {} numbers; each row must have {columns}", row.len());
            self.hold(row.len() == columns, &path, &message);
            row.iter().for_each(|x| self.finite(*x, &path));
        }
    }

    fn no_samples(&mut self, regularizers: &[Regularizer]) {
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
