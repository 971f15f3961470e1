//! What a run of images keeps for pictures besides its frames: what the images are, and a closer look at those of its
//! last step.

use super::folder::{
    Entry, Folder, FolderError, json, points_entry, read_text, tensor_f64, write_tensors, write_whole,
};
use crate::data::{Images, Part, Points};
use crate::scenario::Extent;
use safetensors::tensor::SafeTensors;
use serde::{Deserialize, Serialize};

const REMEDY: &str = "delete it and resume the run, or make the run again with --force";

/// What the images of a run are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageInfo {
    /// Shape of each image.
    pub shape: Extent,
    /// The classes in the order of their labels; none without labels.
    pub classes: Vec<ImageClass>,
    /// Of stacks the classes of the single images, k of them where there are k^3 of stacks; none of other images.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub singles: Vec<ImageClass>,
}

/// A class of real images, or of single ones of a stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageClass {
    /// Its name.
    pub name: String,
    /// Its share of the samples of the training data, in (0, 1].
    pub share: f64,
}

/// A closer look at generated images. Each part is there where it was taken; images are points of the dimension of the
/// run's images.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageLook {
    /// The step it was taken at.
    pub step: u64,
    /// Generated images with their nearest training images.
    pub neighbours: Option<Neighbours>,
    /// The closest pairs among generated images.
    pub duplicates: Option<Duplicates>,
    /// Images along lines in the latent space.
    pub interpolations: Option<Interpolations>,
    /// Of stacks the number of generated ones that the classifier takes for each class.
    pub modes: Option<Vec<u64>>,
}

/// Generated images, each with its `k` nearest training images.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    /// `n` generated images.
    pub generated: Points,
    /// `n k` training images: those of the first generated image, the nearest first, then those of the second.
    pub near: Points,
    /// The Euclidean distance of each of them.
    pub distances: Vec<f64>,
    /// Median distance of held-out real images to their nearest training image; NaN where none are held out.
    pub held_out: f64,
}

/// The closest pairs of generated images in batches of one size: the birthday test of Arora & Zhang (2017).
#[derive(Clone, Debug, PartialEq)]
pub struct Duplicates {
    /// One image of each pair, the closest pair first.
    pub first: Points,
    /// The other one.
    pub second: Points,
    /// Euclidean distance between the two.
    pub distances: Vec<f64>,
    /// Distance up to which two images count as duplicates.
    pub threshold: f64,
    /// Images a batch.
    pub batch: usize,
    /// Estimate of the size of the support, and the ends of its interval; infinite where no bound was found.
    pub support: [f64; 3],
}

/// Images along lines between latent vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct Interpolations {
    /// The images of the first line from end to end, then those of the second.
    pub images: Points,
    /// Images a line, both ends included.
    pub length: usize,
    /// Whether the lines are great circles; straight otherwise.
    pub spherical: bool,
}

impl ImageInfo {
    /// What there is to know of some images.
    pub fn of(images: &Images) -> Self {
        let stacked = images.a_sample() > 1;
        let singles = if stacked { classes(&images.singles()) } else { Vec::new() };
        ImageInfo { shape: images.shape(), classes: classes(images), singles }
    }

    /// Writes it into a run folder.
    pub fn write(&self, folder: &Folder) -> Result<(), FolderError> {
        write_whole(&folder.images(), json(self).as_bytes())
    }

    /// Reads it back; None where the run's data are no images.
    pub fn read(folder: &Folder) -> Result<Option<Self>, FolderError> {
        let path = folder.images();
        if !path.exists() {
            return Ok(None);
        }
        let damaged = |what: String| FolderError::Damaged { path: path.clone(), what, remedy: REMEDY };
        let info: ImageInfo = serde_json::from_str(&read_text(&path)?).map_err(|e| damaged(e.to_string()))?;
        match info.shape {
            Extent { channels: 1.., height: 1.., width: 1.. } => Ok(Some(info)),
            shape => Err(damaged(format!("no image has the shape {shape:?}"))),
        }
    }
}

/// What the columns of the shares of classes in a channel of stacks, counted from 1, are called before the class's number.
pub fn channel_shares(channel: usize) -> String {
    format!("channel_{channel}_share_")
}

fn classes(images: &Images) -> Vec<ImageClass> {
    let shares = images.class_shares(Part::Training).unwrap_or_default();
    let class = |(label, share): (u32, f64)| Some(ImageClass { name: images.class_name(label)?, share });
    (0..).zip(shares).filter_map(class).collect()
}

impl ImageLook {
    /// Writes it into a run folder.
    pub fn write(&self, folder: &Folder) -> Result<(), FolderError> {
        let mut entries = vec![Entry::f64("step", vec![1], [self.step as f64])];
        if let Some(n) = &self.neighbours {
            entries.push(points_entry("neighbours.generated", &n.generated));
            entries.push(points_entry("neighbours.near", &n.near));
            entries.push(numbers("neighbours.distances", &n.distances));
            entries.push(numbers("neighbours.held_out", &[n.held_out]));
        }
        if let Some(d) = &self.duplicates {
            entries.push(points_entry("duplicates.first", &d.first));
            entries.push(points_entry("duplicates.second", &d.second));
            entries.push(numbers("duplicates.distances", &d.distances));
            entries.push(numbers("duplicates.test", &[d.threshold, d.batch as f64]));
            entries.push(numbers("duplicates.support", &d.support));
        }
        if let Some(i) = &self.interpolations {
            entries.push(points_entry("interpolations.images", &i.images));
            let line = [i.length as f64, f64::from(u8::from(i.spherical))];
            entries.push(numbers("interpolations.line", &line));
        }
        if let Some(counts) = &self.modes {
            let counts: Vec<f64> = counts.iter().map(|count| *count as f64).collect();
            entries.push(numbers("modes.counts", &counts));
        }
        write_tensors(&folder.look(), &entries, None)
    }

    /// Reads it back; None where none was taken. Parts that do not fit the images' `dim` are an error.
    pub fn read(folder: &Folder, dim: usize) -> Result<Option<Self>, FolderError> {
        let path = folder.look();
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(FolderError::Read { path, source }),
        };
        let damaged = |what: String| FolderError::Damaged { path: path.clone(), what, remedy: REMEDY };
        let file = SafeTensors::deserialize(&bytes).map_err(|e| damaged(e.to_string()))?;
        let read = Reading { file, dim };
        let part = |name: &str, whole: bool| match read.has(name) && !whole {
            true => Err(damaged(format!("its `{name}` do not fit together"))),
            false => Ok(()),
        };
        let look = ImageLook {
            step: read.one("step").unwrap_or(0.0) as u64,
            neighbours: read.neighbours(),
            duplicates: read.duplicates(),
            interpolations: read.interpolations(),
            modes: read.modes(),
        };
        part("neighbours.generated", look.neighbours.is_some())?;
        part("duplicates.first", look.duplicates.is_some())?;
        part("interpolations.images", look.interpolations.is_some())?;
        part("modes.counts", look.modes.is_some())?;
        Ok(Some(look))
    }
}

fn numbers(name: &str, values: &[f64]) -> Entry {
    Entry::f64(name, vec![values.len()], values.iter().copied())
}

/// The file of a look, whose images have `dim` numbers.
struct Reading<'a> {
    file: SafeTensors<'a>,
    dim: usize,
}

impl Reading<'_> {
    fn has(&self, name: &str) -> bool {
        self.file.tensor(name).is_ok()
    }

    fn numbers(&self, name: &str) -> Option<Vec<f64>> {
        Some(tensor_f64(&self.file, name)?.1)
    }

    fn one(&self, name: &str) -> Option<f64> {
        self.numbers(name)?.first().copied()
    }

    fn images(&self, name: &str) -> Option<Points> {
        let (shape, values) = tensor_f64(&self.file, name)?;
        (shape.len() == 2 && shape[1] == self.dim).then(|| Points::new(self.dim, values))
    }

    fn neighbours(&self) -> Option<Neighbours> {
        let (generated, near) = (self.images("neighbours.generated")?, self.images("neighbours.near")?);
        let distances = self.numbers("neighbours.distances")?;
        let fits = !generated.is_empty() && near.len().is_multiple_of(generated.len());
        let held_out = self.one("neighbours.held_out")?;
        (fits && distances.len() == near.len()).then_some(Neighbours { generated, near, distances, held_out })
    }

    fn duplicates(&self) -> Option<Duplicates> {
        let (first, second) = (self.images("duplicates.first")?, self.images("duplicates.second")?);
        let distances = self.numbers("duplicates.distances")?;
        let [threshold, batch] = self.numbers("duplicates.test")?.try_into().ok()?;
        let support = self.numbers("duplicates.support")?.try_into().ok()?;
        let fits = first.len() == second.len() && distances.len() == first.len();
        let batch = batch as usize;
        fits.then_some(Duplicates { first, second, distances, threshold, batch, support })
    }

    fn interpolations(&self) -> Option<Interpolations> {
        let images = self.images("interpolations.images")?;
        let [length, spherical] = self.numbers("interpolations.line")?.try_into().ok()?;
        let length = length as usize;
        let fits = length > 0 && images.len().is_multiple_of(length);
        fits.then_some(Interpolations { images, length, spherical: spherical != 0.0 })
    }

    fn modes(&self) -> Option<Vec<u64>> {
        let counts = self.numbers("modes.counts")?;
        let whole = |count: &f64| *count >= 0.0 && count.fract() == 0.0;
        counts.iter().all(whole).then(|| counts.iter().map(|count| *count as u64).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Data;

    fn points(n: usize, from: f64) -> Points {
        // Quarters are the same in single precision.
        Points::new(4, (0..4 * n).map(|k| from + k as f64 / 4.0).collect())
    }

    fn look() -> ImageLook {
        ImageLook {
            step: 70,
            neighbours: Some(Neighbours {
                generated: points(2, 0.0),
                near: points(6, 3.0),
                distances: (0..6).map(f64::from).collect(),
                held_out: f64::INFINITY,
            }),
            duplicates: Some(Duplicates {
                first: points(3, 1.0),
                second: points(3, 2.0),
                distances: vec![0.1, 0.2, 0.3],
                threshold: 0.15,
                batch: 100,
                support: [900.0, 300.0, f64::INFINITY],
            }),
            interpolations: Some(Interpolations { images: points(10, 0.0), length: 5, spherical: true }),
            modes: Some(vec![3, 0, 26_000]),
        }
    }

    #[test]
    fn a_look_comes_back_as_it_was_written() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path());
        assert_eq!(ImageLook::read(&folder, 4).unwrap(), None);
        look().write(&folder).unwrap();
        assert_eq!(ImageLook::read(&folder, 4).unwrap(), Some(look()));
        let less = ImageLook { step: 1, interpolations: look().interpolations, ..ImageLook::default() };
        less.write(&folder).unwrap();
        assert_eq!(ImageLook::read(&folder, 4).unwrap(), Some(less));
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path());
        let mut odd = look();
        odd.neighbours.as_mut().unwrap().distances.pop();
        odd.write(&folder).unwrap();
        let told = ImageLook::read(&folder, 4).unwrap_err().to_string();
        assert!(told.contains("`neighbours.generated`"), "{told}");
        look().write(&folder).unwrap();
        assert!(ImageLook::read(&folder, 5).is_err());
        std::fs::write(folder.look(), "x").unwrap();
        assert!(ImageLook::read(&folder, 4).is_err());
    }

    /// A stack's channels are independent, so its classes have the products of the single shares.
    #[test]
    fn classes_of_stacks_have_product_shares() {
        let digits = Data::Digits { held_out: 0.2 };
        let info = |data: &Data| ImageInfo::of(&Images::new(data).unwrap().unwrap());
        let single = info(&digits);
        let stacked = info(&Data::Stacked { source: Box::new(digits) });
        assert_eq!((single.classes.len(), stacked.classes.len()), (10, 1000));
        assert_eq!((single.singles.len(), &stacked.singles), (0, &single.classes));
        let class = &stacked.classes[317];
        assert_eq!(class.name, "3, 1, 7");
        let product: f64 = [3, 1, 7].iter().map(|k: &usize| single.classes[*k].share).product();
        assert!((class.share - product).abs() < 1e-15);
        for all in [&single, &stacked] {
            assert!((all.classes.iter().map(|c| c.share).sum::<f64>() - 1.0).abs() < 1e-12);
        }
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path());
        assert_eq!(ImageInfo::read(&folder).unwrap(), None);
        // A run that was made before single classes were kept is one of images that are no stacks.
        single.write(&folder).unwrap();
        assert!(!std::fs::read_to_string(folder.images()).unwrap().contains("singles"));
        assert_eq!(ImageInfo::read(&folder).unwrap(), Some(single));
        stacked.write(&folder).unwrap();
        assert_eq!(ImageInfo::read(&folder).unwrap(), Some(stacked));
    }
}
