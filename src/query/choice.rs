//! Which engine answers a question when its user leaves it open.

/// Packed data files unfold to several times their size: a query over more than this part of the memory may not fit into it.
const MEMORY_PART: u64 = 8;
/// The limit where nothing tells how much memory there is.
const DEFAULT_LIMIT: u64 = 1_000_000_000;

/// What there is to choose by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whether the lake is on S3.
    pub on_s3: bool,
    /// Whether an older snapshot was asked for.
    pub older_snapshot: bool,
    /// What Athena's catalog shows of the lake.
    pub catalog: Catalog,
    /// Bytes of the data files of the tables that the question names.
    pub bytes: u64,
    /// Above so many bytes the question goes to Athena.
    pub limit: u64,
    /// Whether there is an engine in this program.
    pub built_in: bool,
}

/// What Athena's catalog shows of the lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Catalog {
    /// Nothing.
    Absent,
    /// The current snapshot, in this database.
    Current(String),
    /// Something else, in this database.
    Behind(String),
    /// The catalog can't be asked, or it isn't clear which database is meant; in words.
    Unclear(String),
}

/// Why one engine answers and not the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Polars: the lake is a folder.
    Folder,
    /// Polars: Athena knows one snapshot only.
    OlderSnapshot,
    /// Polars: the lake is in no database.
    Unregistered,
    /// Polars: this database shows something else.
    Behind(String),
    /// Polars: it isn't clear what Athena would read; in words.
    Unclear(String),
    /// Polars: the tables fit.
    Small,
    /// Athena, in this database: the tables are too large for this machine.
    Large(String),
    /// Athena, in this database: there is no engine in this program.
    NotBuiltIn(String),
}

/// The rule.
///
/// | the lake | the question | the catalog | answers |
/// |---|---|---|---|
/// | a folder | any | any | Polars |
/// | on S3 | an older snapshot | any | Polars |
/// | on S3 | | shows nothing, something else, or can't be asked | Polars |
/// | on S3 | up to the limit | current | Polars, if it is built in |
/// | on S3 | above the limit | current | Athena |
#[must_use]
pub fn choose(facts: &Facts) -> Choice {
    if !facts.on_s3 {
        return Choice::Folder;
    }
    if facts.older_snapshot {
        return Choice::OlderSnapshot;
    }
    match &facts.catalog {
        Catalog::Absent => Choice::Unregistered,
        Catalog::Behind(database) => Choice::Behind(database.clone()),
        Catalog::Unclear(why) => Choice::Unclear(why.clone()),
        Catalog::Current(database) if facts.bytes > facts.limit => Choice::Large(database.clone()),
        Catalog::Current(database) if !facts.built_in => Choice::NotBuiltIn(database.clone()),
        Catalog::Current(_) => Choice::Small,
    }
}

/// The limit of this machine: an eighth of the memory that is free.
#[must_use]
pub fn default_limit() -> u64 {
    // Linux only; elsewhere there is no such file.
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    available(&memory).map_or(DEFAULT_LIMIT, |bytes| bytes / MEMORY_PART)
}

/// `MemAvailable:   16384 kB`.
fn available(meminfo: &str) -> Option<u64> {
    let mut lines = meminfo.lines();
    let value = lines.find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            on_s3: true,
            older_snapshot: false,
            catalog: Catalog::Current("covidx".to_owned()),
            bytes: 2_000_000_000,
            limit: 1_000_000_000,
            built_in: true,
        }
    }

    #[test]
    fn the_table_holds() {
        let database = || "covidx".to_owned();
        for (change, expected) in [
            ((|_| {}) as fn(&mut Facts), Choice::Large(database())),
            (|facts| facts.on_s3 = false, Choice::Folder),
            (|facts| facts.older_snapshot = true, Choice::OlderSnapshot),
            (
                |facts| facts.catalog = Catalog::Absent,
                Choice::Unregistered,
            ),
            (
                |facts| facts.catalog = Catalog::Behind("covidx".to_owned()),
                Choice::Behind(database()),
            ),
            (
                |facts| facts.catalog = Catalog::Unclear("no".to_owned()),
                Choice::Unclear("no".to_owned()),
            ),
            (|facts| facts.bytes = facts.limit, Choice::Small),
            (
                |facts| (facts.bytes, facts.built_in) = (1, false),
                Choice::NotBuiltIn(database()),
            ),
        ] {
            let mut facts = facts();
            change(&mut facts);
            assert_eq!(choose(&facts), expected);
        }
    }

    #[test]
    fn memory_is_read_where_it_is_told() {
        let meminfo = "MemTotal: 32 kB\nMemAvailable:   16384 kB\n";
        assert_eq!(available(meminfo), Some(16_777_216));
        assert_eq!(available("MemAvailable: many"), None);
        assert!(default_limit() > 0);
    }
}
