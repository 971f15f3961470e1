//! A folder of PNG and JPEG files; its subfolders, where there are any, are the classes.

use super::decode::{Decoded, decode, size};
use super::error::unreadable;
use super::fit::{in_channels, planes, square};
use super::{FileError, Labels, Look, MOST_CLASSES, RawImages, Unread};
use crate::scenario::Extent;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// How the files of a folder are to be read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Side of the square that each image becomes; None where all must have one size already.
    pub size: Option<usize>,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// Whether files that cannot be read are left out rather than refused.
    pub skip: bool,
}

/// Shape and number of the images, by the names of the files and the header of the first that has one.
pub fn look(folder: &Path, reading: Reading) -> Result<Look, FileError> {
    let listing = list(folder)?;
    let shape = |width, height| Extent { channels: reading.channels, height, width };
    let images = listing.files.len() as u64;
    if let Some(side) = reading.size {
        return Ok(Look::whole(shape(side, side), images));
    }
    for path in &listing.files {
        match std::fs::read(path).map_err(|e| e.to_string()).and_then(|bytes| size(&bytes)) {
            Ok((width, height)) => return Ok(Look::whole(shape(width, height), images)),
            Err(_) if reading.skip => {}
            Err(why) => {
                let first = Unread { path: path.clone(), why };
                return Err(FileError::Image { first, more: 0 });
            }
        }
    }
    Err(none(folder))
}

/// Subfolders that hold images; None where the images lie in no subfolders.
pub fn classes(folder: &Path) -> Result<Option<usize>, FileError> {
    let names = list(folder)?.classes;
    Ok(names.map(|names| names.chunk_by(|a, b| a == b).count()))
}

/// Reads the images in the order of their names, and the files that had to be left out.
pub fn read(folder: &Path, reading: Reading) -> Result<(RawImages, Vec<Unread>), FileError> {
    let listing = list(folder)?;
    let decoded: Vec<Result<Decoded, Unread>> =
        listing.files.par_iter().map(|path| read_image(path, reading)).collect();
    let unread = decoded.iter().filter(|image| image.is_err()).count();
    let mut skipped = Vec::new();
    let mut pixels = Vec::new();
    let mut classes = Vec::new();
    let mut first: Option<(usize, usize, &Path)> = None;
    for (index, (path, image)) in listing.files.iter().zip(decoded).enumerate() {
        let image = match image {
            Ok(image) => image,
            Err(file) if reading.skip => {
                skipped.push(file);
                continue;
            }
            Err(first) => return Err(FileError::Image { first, more: unread - 1 }),
        };
        let (width, height, named) = *first.get_or_insert((image.width, image.height, path));
        if (width, height) != (image.width, image.height) {
            return Err(FileError::Mixed {
                path: path.clone(),
                found: format!("{} x {}", image.width, image.height),
                first: named.into(),
                expected: format!("{width} x {height}"),
            });
        }
        pixels.extend(planes(&image));
        classes.push(index);
    }
    let (width, height, _) = first.ok_or_else(|| none(folder))?;
    let shape = Extent { channels: reading.channels, height, width };
    let labels = listing.classes.map(|of| labels(&of, &classes));
    Ok((RawImages { shape, pixels: pixels.into(), white: u8::MAX, labels, apart: 0 }, skipped))
}

fn read_image(path: &Path, reading: Reading) -> Result<Decoded, Unread> {
    let unread = |why: String| Unread { path: path.into(), why };
    let bytes = std::fs::read(path).map_err(|e| unread(format!("cannot be read ({e})")))?;
    let image = in_channels(decode(&bytes).map_err(unread)?, reading.channels);
    Ok(match reading.size {
        Some(side) => square(&image, side),
        None => image,
    })
}

/// The files that look like images, in the order of their names, and the name of the class of each.
struct Listing {
    files: Vec<PathBuf>,
    classes: Option<Vec<String>>,
}

fn list(folder: &Path) -> Result<Listing, FileError> {
    let (own, subfolders) = entries(folder)?;
    let mut files = Vec::new();
    let mut classes = Vec::new();
    let mut names = 0;
    for subfolder in &subfolders {
        let (inside, _) = entries(subfolder)?;
        let name = subfolder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        names += usize::from(!inside.is_empty());
        classes.extend(inside.iter().map(|_| name.clone()));
        files.extend(inside);
    }
    if names > MOST_CLASSES {
        return Err(FileError::Classes { path: folder.into(), found: names, most: MOST_CLASSES });
    }
    match (own.is_empty(), files.is_empty()) {
        (true, true) => Err(none(folder)),
        (true, false) => Ok(Listing { files, classes: Some(classes) }),
        (false, true) => Ok(Listing { files: own, classes: None }),
        (false, false) => {
            let what = format!("has images both in its subfolders and beside them, as {}", own[0].display());
            let remedy = "move those into a subfolder, whose name will be their label";
            Err(FileError::Format { path: folder.into(), what, remedy })
        }
    }
}

/// The image files and the subfolders of a folder, each in the order of their names; hidden ones are left out.
fn entries(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), FileError> {
    let unreadable = unreadable(folder);
    if !std::fs::metadata(folder).map_err(&unreadable)?.is_dir() {
        return Err(FileError::Kind {
            path: folder.into(),
            wanted: "folder",
            remedy: "name a folder of images",
        });
    }
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder).map_err(&unreadable)? {
        let path = entry.map_err(&unreadable)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        match (hidden, path.is_dir()) {
            (false, true) => folders.push(path),
            (false, false) if is_named_image(&path) && path.is_file() => files.push(path),
            _ => {}
        }
    }
    files.sort();
    folders.sort();
    Ok((files, folders))
}

fn is_named_image(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| ending == "png" || ending == "jpg" || ending == "jpeg")
}

/// Labels of the files at `kept`, classes without any left out. Files of a class stand together.
fn labels(classes: &[String], kept: &[usize]) -> Labels {
    let mut names: Vec<String> = Vec::new();
    let mut of = Vec::with_capacity(kept.len());
    for &index in kept {
        if names.last() != Some(&classes[index]) {
            names.push(classes[index].clone());
        }
        of.push((names.len() - 1) as u16);
    }
    Labels { of, names }
}

fn none(folder: &Path) -> FileError {
    FileError::Empty {
        path: folder.into(),
        what: "image that can be read; put PNG or JPEG files into it, or into its subfolders",
    }
}
