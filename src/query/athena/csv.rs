//! The CSV in which Athena keeps an answer: every value in quotes, NULL as nothing at all. The usual readers of CSV take
//! NULL and an empty text for the same.

use std::mem;

/// A record: its values, `None` for NULL.
pub(super) type Record = Vec<Option<String>>;

/// Takes the text apart as it arrives.
#[derive(Debug, Default)]
pub(super) struct CsvReader {
    place: Place,
    field: Vec<u8>,
    record: Record,
    records: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    /// At the beginning of a value.
    #[default]
    Before,
    /// In a value without quotes.
    Plain,
    /// In a value in quotes.
    Quoted,
    /// Behind a quote in such a value: its end, or the first half of a quote.
    Quote,
}

/// Why a text is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// The record, from 1; the first holds the names.
    pub(super) record: u64,
    /// What is wrong.
    pub(super) what: &'static str,
}

impl CsvReader {
    /// Reads on; gives each whole record to `take`, until that wants no more.
    pub(super) fn push<E: From<Broken>>(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(Record) -> Result<bool, E>,
    ) -> Result<bool, E> {
        for &byte in bytes {
            self.place = match (self.place, byte) {
                (Place::Before, b'"') => Place::Quoted,
                (Place::Quoted, b'"') => Place::Quote,
                (Place::Quoted, _) | (Place::Quote, b'"') => self.keep(byte, Place::Quoted),
                (_, b',') => self.end_value()?,
                (_, b'\n') => {
                    self.end_value()?;
                    self.records += 1;
                    if !take(mem::take(&mut self.record))? {
                        return Ok(false);
                    }
                    Place::Before
                }
                // Of a line that ends as on Windows.
                (place, b'\r') => place,
                (Place::Quote, _) => return Err(self.broken("text behind a quote").into()),
                (Place::Before | Place::Plain, _) => self.keep(byte, Place::Plain),
            };
        }
        Ok(true)
    }

    /// What is left when the text has ended: a last line without an end.
    pub(super) fn finish(mut self) -> Result<Option<Record>, Broken> {
        match self.place {
            Place::Quoted => return Err(self.broken("a quote that is not closed")),
            Place::Before if self.record.is_empty() => return Ok(None),
            Place::Before | Place::Plain | Place::Quote => self.end_value()?,
        };
        Ok(Some(self.record))
    }

    fn keep(&mut self, byte: u8, place: Place) -> Place {
        self.field.push(byte);
        place
    }

    fn end_value(&mut self) -> Result<Place, Broken> {
        let value = match self.place {
            Place::Before => None,
            _ => match String::from_utf8(mem::take(&mut self.field)) {
                Ok(text) => Some(text),
                Err(_) => return Err(self.broken("text that is not UTF-8")),
            },
        };
        self.record.push(value);
        Ok(Place::Before)
    }

    fn broken(&self, what: &'static str) -> Broken {
        Broken {
            record: self.records + 1,
            what,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &[u8], piece: usize) -> Result<Vec<Record>, Broken> {
        let mut reader = CsvReader::default();
        let mut records = Vec::new();
        for bytes in text.chunks(piece) {
            reader.push(bytes, |record| {
                records.push(record);
                Ok::<_, Broken>(true)
            })?;
        }
        records.extend(reader.finish()?);
        Ok(records)
    }

    /// A record; `NULL` stands for NULL.
    fn record(values: &[&str]) -> Record {
        let value = |text: &&str| (*text != "NULL").then(|| (*text).to_owned());
        values.iter().map(value).collect()
    }

    #[test]
    fn null_is_nothing_and_an_empty_text_is_two_quotes() {
        assert_eq!(
            read(b"\"a\",\"b\"\n\"\",\n,\"x\"\n", 1),
            Ok(vec![
                record(&["a", "b"]),
                record(&["", "NULL"]),
                record(&["NULL", "x"]),
            ])
        );
        // One column, NULL.
        assert_eq!(
            read(b"\"a\"\n\n\"\"\n", 100),
            Ok(vec![record(&["a"]), record(&["NULL"]), record(&[""])])
        );
        assert_eq!(read(b"", 1), Ok(vec![]));
    }

    #[test]
    fn what_is_no_csv_is_named() {
        for (text, record, what) in [
            (&b"\"a\"\n\"b"[..], 2, "a quote that is not closed"),
            (b"\"a\"b\n", 1, "text behind a quote"),
            (b"\"\xff\"\n", 1, "text that is not UTF-8"),
        ] {
            assert_eq!(read(text, 2), Err(Broken { record, what }));
        }
    }

    #[test]
    fn who_has_enough_reads_no_further() {
        let mut reader = CsvReader::default();
        let more = reader.push(b"\"a\"\n\"b\"\n\"", |_| Ok::<_, Broken>(false));
        assert_eq!(more, Ok(false));
    }

    /// As Athena writes it.
    fn written(records: &[Record]) -> String {
        let value = |value: &Option<String>| match value {
            None => String::new(),
            Some(text) => format!("\"{}\"", text.replace('"', "\"\"")),
        };
        let line = |record: &Record| record.iter().map(value).collect::<Vec<_>>().join(",") + "\n";
        records.iter().map(line).collect()
    }

    proptest! {
        #[test]
        fn every_text_comes_back(
            records in prop::collection::vec(
                prop::collection::vec(prop::option::of("[a,\"\n\r é']{0,6}"), 3),
                0..6,
            ),
            piece in 1_usize..9,
        ) {
            prop_assert_eq!(read(written(&records).as_bytes(), piece), Ok(records));
        }
    }
}
