//! Which engine answers a question when its user leaves it open.

/// Packed data files unfold to several times their size: a query over more than this part of the memory may not fit into it.
const MEMORY_PART: u64 = 8;
/// The free memory where nothing tells how much there is.
const DEFAULT_MEMORY: u64 = 8_000_000_000;

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
    /// What of the question means something else in Athena than here.
    pub differs: Option<&'static str>,
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
    /// DataFusion: the lake is a folder.
    Folder,
    /// DataFusion: Athena knows one snapshot only.
    OlderSnapshot,
    /// DataFusion: the lake is in no database.
    Unregistered,
    /// DataFusion: this database shows something else.
    Behind(String),
    /// DataFusion: it isn't clear what Athena would read; in words.
    Unclear(String),
    /// DataFusion: the tables fit.
    Small,
    /// DataFusion: Athena would answer something else, because of this.
    Differs(&'static str),
    /// Athena, in this database: the tables are too large for this machine.
    Large(String),
    /// Athena, in this database: there is no engine in this program.
    NotBuiltIn(String),
}

/// The rule.
///
/// | the lake | the question | the catalog | answers |
/// |---|---|---|---|
/// | a folder | any | any | DataFusion |
/// | on S3 | an older snapshot | any | DataFusion |
/// | on S3 | | shows nothing, something else, or can't be asked | DataFusion |
/// | on S3 | up to the limit | current | DataFusion, if it is built in |
/// | on S3 | above the limit, with another meaning in Athena | current | DataFusion, if it is built in |
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
        Catalog::Current(database) if !facts.built_in => Choice::NotBuiltIn(database.clone()),
        Catalog::Current(_) if facts.bytes <= facts.limit => Choice::Small,
        Catalog::Current(database) => match facts.differs {
            Some(construct) => Choice::Differs(construct),
            None => Choice::Large(database.clone()),
        },
    }
}

/// The limit of this machine: an eighth of the memory that is free.
#[must_use]
pub fn default_limit() -> u64 {
    available_memory() / MEMORY_PART
}

/// Bytes of memory that are free.
pub(super) fn available_memory() -> u64 {
    // Linux only; elsewhere there is no such file.
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    available(&memory).unwrap_or(DEFAULT_MEMORY)
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
            differs: None,
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
                |facts| facts.differs = Some("INTERVAL"),
                Choice::Differs("INTERVAL"),
            ),
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
