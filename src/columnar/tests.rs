//! Against the `parquet` crate: its reader reads back what was encoded, and its writer has the same statistics.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use proptest::prelude::*;
use proptest::sample::select;

use super::settings::PAGE_ROWS;
use super::*;

/// A file with one column.
struct Written {
    bytes: Bytes,
    metadata: ParquetMetaData,
    bounds: ColumnBounds,
}

/// A page of the column.
struct Page {
    rows: Range<usize>,
    values: ColumnBounds,
}

fn schema(kind: DataType, nullable: bool) -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("values", kind, nullable)]))
}

/// Writes a file of one row group, which `encode` makes of its only column.
fn written<A>(
    schema: &SchemaRef,
    encoding: Encoding,
    encode: impl Fn(ColumnEncoder<'_, A>) -> Result<Chunk, parquet::errors::ParquetError>,
) -> Written {
    let format = FileFormat::new(schema, vec![encoding], &[]).expect("a format");
    let mut scratch = Scratch::new().expect("a compressor");
    let chunks = format.encode(&mut scratch, |_, target| encode(target.of()));
    let mut file = FileEncoder::new(&format).expect("a file");
    let mut bytes = file.append(chunks.expect("a row group")).expect("appended");
    let end = file.finish().expect("a footer");
    bytes.extend(end.bytes);
    let bytes = Bytes::from(bytes);
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
    let metadata = ArrowReaderMetadata::load(&bytes, options).expect("metadata");
    Written {
        bytes,
        metadata: (**metadata.metadata()).clone(),
        bounds: end.columns.into_iter().next().expect("a column"),
    }
}

impl Written {
    fn values(&self) -> ArrayRef {
        let reader = ParquetRecordBatchReaderBuilder::try_new(self.bytes.clone())
            .and_then(|builder| builder.with_batch_size(PAGE_ROWS / 3).build())
            .expect("a reader");
        let batches: Vec<RecordBatch> = reader.map(|batch| batch.expect("a batch")).collect();
        let columns: Vec<&dyn Array> = batches.iter().map(|batch| &**batch.column(0)).collect();
        concat(&columns).expect("values of one type")
    }

    /// The pages, as the page index has them.
    fn pages(&self, rows: usize) -> Vec<Page> {
        let offsets = &self.metadata.offset_index().expect("an index")[0][0].page_locations;
        let firsts: Vec<usize> = offsets
            .iter()
            .map(|page| usize::try_from(page.first_row_index).expect("a row"))
            .chain([rows])
            .collect();
        let index = &self.metadata.column_index().expect("an index")[0][0];
        let pages = firsts.windows(2).enumerate();
        pages
            .map(|(at, page)| Page {
                rows: page[0]..page[1],
                values: ColumnBounds {
                    bounds: page_bounds(index, at),
                    nulls: index.null_count(at).expect("counted").unsigned_abs(),
                },
            })
            .collect()
    }
}

fn page_bounds(index: &ColumnIndexMetaData, at: usize) -> Option<(Bound, Bound)> {
    let text = |bytes: &[u8]| Bound::Text(String::from_utf8(bytes.to_vec()).expect("text"));
    match index {
        ColumnIndexMetaData::BOOLEAN(index) => {
            let bound = |value: &bool| Bound::Boolean(*value);
            index
                .min_value(at)
                .map(bound)
                .zip(index.max_value(at).map(bound))
        }
        ColumnIndexMetaData::INT32(index) => {
            let bound = |value: &i32| Bound::Int((*value).into());
            index
                .min_value(at)
                .map(bound)
                .zip(index.max_value(at).map(bound))
        }
        ColumnIndexMetaData::INT64(index) => {
            let bound = |value: &i64| Bound::Int(*value);
            index
                .min_value(at)
                .map(bound)
                .zip(index.max_value(at).map(bound))
        }
        ColumnIndexMetaData::BYTE_ARRAY(index) => index
            .min_value(at)
            .map(text)
            .zip(index.max_value(at).map(text)),
        other => panic!("no column has the index {other:?}"),
    }
}

/// Checks a file against its values and against a file that the general writer makes of them.
fn check<A: Array + Clone + 'static>(
    schema: &SchemaRef,
    encoding: Encoding,
    values: &A,
    found: &Written,
) -> Result<(), TestCaseError> {
    let general = written(schema, encoding, |column: ColumnEncoder<'_, A>| {
        column.array(values.clone())
    });
    let all: ArrayRef = Arc::new(values.clone());
    prop_assert_eq!(&found.values(), &all);
    prop_assert_eq!(&general.values(), &all);
    let chunk = |file: &Written| file.metadata.row_group(0).column(0).clone();
    let (ours, theirs) = (chunk(found), chunk(&general));
    prop_assert_eq!(ours.statistics(), theirs.statistics());
    prop_assert_eq!(ours.num_values(), theirs.num_values());
    prop_assert_eq!(ours.compression(), theirs.compression());
    prop_assert_eq!(&found.bounds, &general.bounds);
    // Its pages may be others, so those are compared with files of their own.
    for Page {
        rows,
        values: bounds,
    } in found.pages(values.len())
    {
        prop_assert!(
            rows.len() == PAGE_ROWS || (rows.len() < PAGE_ROWS && rows.end == values.len())
        );
        let page = all.slice(rows.start, rows.len());
        let page = page.as_any().downcast_ref::<A>();
        let page = page.expect("an array of the same type");
        let alone = written(schema, encoding, |column: ColumnEncoder<'_, A>| {
            column.array(page.clone())
        });
        prop_assert_eq!(bounds, alone.bounds);
    }
    Ok(())
}

/// Lengths of runs: short ones, and such as end pages.
fn length() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 1..5_usize, 2 => 1..500_usize, 1 => PAGE_ROWS - 2..PAGE_ROWS + 3]
}

fn runs<V: std::fmt::Debug + Clone + 'static>(
    value: impl Strategy<Value = V> + 'static,
    nullable: bool,
) -> impl Strategy<Value = Vec<(Option<V>, usize)>> {
    let value = if nullable {
        prop::option::weighted(0.7, value).boxed()
    } else {
        value.prop_map(Some).boxed()
    };
    prop::collection::vec((value, length()), 1..12)
}

fn repeated<V: Clone>(runs: &[(Option<V>, usize)]) -> impl Iterator<Item = Option<V>> {
    let runs = runs.iter();
    runs.flat_map(|(value, rows)| std::iter::repeat_n(value.clone(), *rows))
}

/// Texts whose bounds both writers cut at the same letter, and short ones of any letters.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec!["", "a", "Iran"]).prop_map(str::to_owned),
        "\\PC{0,12}",
        "[a-y]{60,70}"
    ]
}

fn int() -> impl Strategy<Value = i32> {
    prop_oneof![-3..3_i32, any::<i32>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn runs_of_texts((nullable, runs) in any::<bool>().prop_flat_map(|nullable| (Just(nullable), runs(text(), nullable)))) {
        let schema = schema(DataType::Utf8, nullable);
        let borrowed: Vec<Run<&str>> =
            runs.iter().map(|(text, rows)| (text.as_deref(), *rows)).collect();
        let found = written(&schema, Encoding::Dictionary, |column: ColumnEncoder<'_, StringArray>| column.runs(&borrowed));
        let values: StringArray = repeated(&runs).collect();
        check(&schema, Encoding::Dictionary, &values, &found)?;
    }

    #[test]
    fn runs_of_ints((nullable, runs) in any::<bool>().prop_flat_map(|nullable| (Just(nullable), runs(int(), nullable)))) {
        let schema = schema(DataType::Int32, nullable);
        let found = written(&schema, Encoding::Dictionary, |column: ColumnEncoder<'_, Int32Array>| column.runs(&runs));
        let values: Int32Array = repeated(&runs).collect();
        check(&schema, Encoding::Dictionary, &values, &found)?;
    }

    #[test]
    fn runs_of_booleans(nullable: bool, runs in runs(any::<bool>(), false)) {
        let schema = schema(DataType::Boolean, nullable);
        let given = || runs.iter().map(|&(value, rows)| (value.unwrap_or_default(), rows));
        let found = written(&schema, Encoding::Plain, |column: ColumnEncoder<'_, BooleanArray>| column.runs(given()));
        let values: BooleanArray = repeated(&runs).collect();
        check(&schema, Encoding::Plain, &values, &found)?;
    }

    #[test]
    fn an_int_per_row(nullable: bool, runs in runs(int(), false)) {
        let schema = schema(DataType::Int32, nullable);
        let rows: Vec<Option<i32>> = repeated(&runs).collect();
        let found = written(&schema, Encoding::Plain, |column: ColumnEncoder<'_, Int32Array>| {
            column.values(&rows, |row| row.unwrap_or_default())
        });
        check(&schema, Encoding::Plain, &Int32Array::from(rows.clone()), &found)?;
    }

    #[test]
    fn an_int_or_null_per_row(runs in runs(int(), true)) {
        let schema = schema(DataType::Int32, true);
        let rows: Vec<Option<i32>> = repeated(&runs).collect();
        let found = written(&schema, Encoding::Plain, |column: ColumnEncoder<'_, Int32Array>| {
            column.optional_values(&rows, |row| *row)
        });
        check(&schema, Encoding::Plain, &Int32Array::from(rows.clone()), &found)?;
    }

    #[test]
    fn numbered_texts(
        nullable: bool,
        prefix in "[a-z/]{0,70}",
        runs in prop::collection::vec(("[a-y_]{0,8}", prop::option::of(5..8_u8), 0..50_u32, length()), 1..5),
    ) {
        let schema = schema(DataType::Utf8, nullable);
        let numbers: Vec<Vec<u32>> = runs.iter().map(|(_, _, first, rows)| (*first..).take(*rows).collect()).collect();
        let found = written(&schema, Encoding::Plain, |column: ColumnEncoder<'_, StringArray>| {
            let runs = runs.iter().zip(&numbers).map(|((text, digits, ..), rows)| NumberedRun {
                text,
                digits: *digits,
                rows,
            });
            column.numbered(&prefix, ".png", runs, |number| *number)
        });
        let texts = runs.iter().zip(&numbers).flat_map(|((text, digits, ..), rows)| {
            let (text, prefix) = (text.clone(), prefix.clone());
            rows.iter().map(move |number| Some(match digits {
                Some(digits) => format!("{prefix}{text}{number:0width$}.png", width = usize::from(*digits)),
                None => format!("{prefix}{text}"),
            }))
        });
        check(&schema, Encoding::Plain, &texts.collect::<StringArray>(), &found)?;
    }

    #[test]
    fn nulls_of_each_type(rows in length()) {
        fn nulls<A: Array + Clone + From<arrow::array::ArrayData> + 'static>(kind: DataType, rows: usize) -> Result<(), TestCaseError> {
            let schema = schema(kind.clone(), true);
            let found = written(&schema, Encoding::Plain, |column: ColumnEncoder<'_, A>| column.nulls(rows));
            let values = A::from(arrow::array::new_null_array(&kind, rows).to_data());
            check(&schema, Encoding::Plain, &values, &found)
        }
        nulls::<StringArray>(DataType::Utf8, rows)?;
        nulls::<Int32Array>(DataType::Int32, rows)?;
        nulls::<Int64Array>(DataType::Int64, rows)?;
        nulls::<BooleanArray>(DataType::Boolean, rows)?;
    }

    #[test]
    fn arrays_left_to_the_general_writer(numbers in prop::collection::vec(prop::option::of(any::<i64>()), 1..50)) {
        let schema = schema(DataType::Int64, true);
        let values = Int64Array::from(numbers);
        for encoding in [Encoding::Plain, Encoding::Dictionary] {
            let found = written(&schema, encoding, |column: ColumnEncoder<'_, Int64Array>| column.array(values.clone()));
            check(&schema, encoding, &values, &found)?;
        }
    }

    #[test]
    fn bounds_that_are_cut_are_bounds(texts in prop::collection::vec("\\PC{50,90}", 1..8)) {
        let schema = schema(DataType::Utf8, false);
        let runs: Vec<Run<&str>> = texts.iter().map(|text| (Some(text.as_str()), 1)).collect();
        let found = written(&schema, Encoding::Dictionary, |column: ColumnEncoder<'_, StringArray>| column.runs(&runs));
        let Some((Bound::Text(low), Bound::Text(high))) = found.bounds.bounds else {
            return Err(TestCaseError::fail("no bounds"));
        };
        prop_assert!(texts.iter().all(|text| low <= *text && *text <= high));
        prop_assert!(low.len() <= TEXT_BOUND_BYTES);
    }
}
