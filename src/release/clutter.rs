//! Files that operating systems and programs leave beside a dataset.

/// Files and folders, in any case, that are never of a dataset; so is everything whose name begins with a dot.
const CLUTTER: [&str; 10] = [
    // macOS: what its zip program adds.
    "__MACOSX",
    // Windows.
    "Thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "$RECYCLE.BIN",
    "System Volume Information",
    // Linux file systems.
    "lost+found",
    // Synology and QNAP: thumbnails with the names of the images, and what was deleted.
    "@eaDir",
    "#recycle",
    "@Recycle",
];

/// Whether a path names a file that an operating system or a program has left behind, or one in such a folder: `.DS_Store`,
/// `__MACOSX/2A_images/._a.png`, `.ipynb_checkpoints/metadata.csv`, `.Trash-1000/files/a.png`. Such a file is never one of a
/// release, whatever its name.
#[must_use]
pub fn is_clutter(path: &str) -> bool {
    path.split('/').any(|name| {
        name.starts_with('.')
            || CLUTTER
                .iter()
                .any(|clutter| name.eq_ignore_ascii_case(clutter))
    })
}

#[cfg(test)]
mod tests {
    use super::is_clutter;

    #[test]
    fn what_systems_leave_behind_is_told_from_a_dataset() {
        for path in [
            ".DS_Store",
            "2A_images/.DS_Store",
            "__MACOSX/2A_images/._a.png",
            "2A_images/._a.png",
            "data/.ipynb_checkpoints/metadata.csv",
            "2A_images/THUMBS.DB",
            "Desktop.ini",
            "lost+found/a.png",
            "2A_images/@eaDir/a.png/SYNOFILE_THUMB_M.png",
            ".Trash-1000/files/2A_images/a.png",
            "$Recycle.Bin/S-1-5-18/a.png",
        ] {
            assert!(is_clutter(path), "{path}");
        }
        for path in [
            "metadata.csv",
            "2A_images/NCP_96_1328_0032.png",
            "COVID-19/a.b.png",
            "__macosx_images/a.png",
            "lost/a.png",
        ] {
            assert!(!is_clutter(path), "{path}");
        }
    }
}
