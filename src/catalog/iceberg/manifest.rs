//! A new snapshot: its manifest and manifest list as bytes, and what the metadata says of it. Nothing is written here.
//!
//! A snapshot has all the files of an entry, in one manifest, and none of the one before.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use iceberg::io::{MemoryStorage, OutputFile, Storage};
use iceberg::spec::{
    DataFile, ManifestListWriter, ManifestWriterBuilder, Operation, Snapshot, Summary,
    TableMetadata,
};
use sha2::{Digest, Sha256};

use super::file::data_file;
use super::table::marks;
use crate::catalog::versions::Version;
use crate::contract::Table;
use crate::lake;
use crate::lake::log::{Entry, TableFiles};

/// A snapshot that isn't shown yet, with the files that must be there before it is.
pub(super) struct NewSnapshot {
    pub(super) snapshot: Snapshot,
    /// Names below the table's `metadata/`, in the order in which they are to be written.
    pub(super) objects: Vec<(String, Bytes)>,
}

/// What a snapshot is made for.
pub(super) struct Cause<'a> {
    pub(super) table: &'a Table,
    pub(super) entry: &'a Entry,
    pub(super) version: &'a Version,
    /// When, in milliseconds since 1970.
    pub(super) time: i64,
    /// What stands before a key of the lake in an address.
    pub(super) root: &'a str,
}

/// The snapshot that follows the current one of `table`.
///
/// Avro's files differ from one writing to the next (marks are random, maps have no order), their lengths and contents don't. So their
/// names tell what is in them: two who write the same at once may each take the other's.
pub(super) async fn next(
    table: &TableMetadata,
    cause: &Cause<'_>,
) -> Result<NewSnapshot, iceberg::Error> {
    let nothing = TableFiles::default();
    let content = cause
        .entry
        .tables
        .get(&cause.table.name)
        .unwrap_or(&nothing);
    let id = cause.entry.snapshot_id;
    let name = format!("{id}-{}", digest(table, cause, content));
    let list = format!("snap-{name}.avro");
    let address = |name: &str| format!("{}/metadata/{name}", table.location());
    let memory: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let output = |name: &str| OutputFile::new(Arc::clone(&memory), address(name));
    let mut names = Vec::new();
    let mut manifests = Vec::new();
    if !content.files.is_empty() {
        let manifest = format!("{name}-m0.avro");
        let spec = table.default_partition_spec();
        let schema = table.current_schema();
        let writer = ManifestWriterBuilder::new(
            output(&manifest),
            Some(id),
            Arc::clone(schema),
            spec.as_ref().clone(),
        );
        let mut writer = writer.build_v2_data();
        for file in data_files(cause, content, spec.spec_id()) {
            // It has the number of the snapshot that adds it.
            writer.add_file(file, -1)?;
        }
        manifests.push(writer.write_manifest_file().await?);
        names.push(manifest);
    }
    let parent = table.current_snapshot_id();
    let number = table.next_sequence_number();
    let mut writer = ManifestListWriter::v2(output(&list).writer().await?, id, parent, number);
    writer.add_manifests(manifests.into_iter())?;
    writer.close().await?;
    names.push(list.clone());
    let mut objects = Vec::new();
    for name in names {
        let bytes = memory.read(&address(&name)).await?;
        objects.push((name, bytes));
    }
    let snapshot = Snapshot::builder()
        .with_snapshot_id(id)
        .with_parent_snapshot_id(parent)
        .with_sequence_number(number)
        .with_timestamp_ms(cause.time)
        .with_manifest_list(address(&list))
        .with_schema_id(table.current_schema_id())
        .with_summary(summary(table.current_snapshot(), cause, content))
        .build();
    Ok(NewSnapshot { snapshot, objects })
}

fn data_files(
    cause: &Cause<'_>,
    content: &TableFiles,
    spec: i32,
) -> impl Iterator<Item = DataFile> {
    content.files.iter().map(move |file: &lake::DataFile| {
        let address = format!("{}{}", cause.root, file.path);
        data_file(cause.table, file, address, spec)
    })
}

/// Of all that decides what stands in the two files, this release's way of writing them included.
fn digest(table: &TableMetadata, cause: &Cause<'_>, content: &TableFiles) -> String {
    let all = serde_json::json!([
        env!("CARGO_PKG_VERSION"),
        table.uuid(),
        table.location(),
        table.current_schema(),
        table.default_partition_spec(),
        table.current_snapshot_id(),
        table.next_sequence_number(),
        cause.root,
        content,
    ]);
    hex::encode(&Sha256::digest(all.to_string())[..8])
}

/// What is told of a snapshot: what it adds, what it takes the place of, and what there is then.
fn summary(parent: Option<&Arc<Snapshot>>, cause: &Cause<'_>, content: &TableFiles) -> Summary {
    let partitions: BTreeSet<_> = content.files.iter().map(|file| &file.partition).collect();
    let measures = [
        ("data-files", content.files.len() as u64),
        ("records", content.rows()),
        ("files-size", content.bytes()),
    ];
    let mut said = HashMap::from(marks(cause.version));
    let mut say = |name: String, value: String| {
        said.insert(name, value);
    };
    for (what, value) in measures {
        say(format!("added-{what}"), value.to_string());
        say(format!("total-{what}"), value.to_string());
        let before = parent.and_then(|parent| {
            let said = &parent.summary().additional_properties;
            said.get(&format!("total-{what}"))
        });
        if let Some(before) = before {
            let verb = if what == "files-size" {
                "removed"
            } else {
                "deleted"
            };
            say(format!("{verb}-{what}"), before.clone());
        }
    }
    for what in ["delete-files", "position-deletes", "equality-deletes"] {
        say(format!("total-{what}"), "0".to_owned());
    }
    say(
        "changed-partition-count".to_owned(),
        partitions.len().to_string(),
    );
    Summary {
        operation: match parent {
            None => Operation::Append,
            Some(_) => Operation::Overwrite,
        },
        additional_properties: said,
    }
}
