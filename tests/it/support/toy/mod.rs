//! A dataset of two tables, as small as can be: pictures of street cameras, each labelled with the weather.
//!
//! `labels.tsv` has a line per picture: its file, its camera and the weather. There is no metadata.

mod build;

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use ctlake::contract::{
    Aggregate, ColumnType, Contract, CountedTable, Formula, ImageTable, Measure, Subject, Unit,
    View, ViewRows, ViewValue,
};
use ctlake::datasets::plan::{Prepared, action, check_whole, choose_release, landed};
use ctlake::datasets::{
    BuildError, BuildOptions, BuildPlan, BuildSummary, Comparison, Counts, Dataset, Demo, Forecast,
    Report, SampleOptions, SyntheticDataset,
};
use ctlake::lake::log::{Entry, Input};
use ctlake::lake::{Completeness, Digest, Lake, landing, layout, manifest};
use ctlake::powerbi::{ColumnPresentation, Kind, Page, Presentation, Visual, grid, measure};
use ctlake::progress::{Progress, Stop};
use ctlake::query::diff::tables;
use ctlake::query::{QueryError, engine};
use ctlake::release::{
    DatasetFormat, FileRole, FindError, LabelFile, Recognised, Release, ReleaseFiles,
    ReleaseNameError, is_clutter,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};

const LABELS: &str = "labels.tsv";
const FOLDER: &str = "shots";

/// The files of the dataset.
#[derive(Debug)]
pub(crate) struct ToyFormat;

/// The dataset.
#[derive(Debug)]
pub(crate) struct Toy;

/// A line of the labels.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    pub(crate) file: String,
    pub(crate) camera: String,
    pub(crate) weather: String,
}

const MEASURES: &[Measure] = &[Measure {
    name: "Number of shots",
    description: "Shots, one for each line of the labels.",
    subject: Subject::Counts,
    unit: Unit::Number,
    formula: Formula::Value(Aggregate::count("shots")),
}];

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract {
    title: "Street cameras",
    database: "cameras",
    images: Some(&ImageTable {
        name: "shots",
        describing: &["weather", "camera_id"],
        class: "weather",
        classes: &["rain", "sun"],
        split: None,
        cover: None,
    }),
    counted: &[CountedTable {
        table: "shots",
        one: "shot",
        several: "shots",
    }],
    views: &[View {
        name: "shots_by_weather",
        description: "Shots for each weather.",
        table: "shots",
        rows: ViewRows::Groups {
            keys: &["weather"],
            condition: None,
        },
        values: &[ViewValue {
            name: "shots",
            kind: ColumnType::Bigint,
            expression: "COUNT(*)",
            description: "How many.",
        }],
    }],
    measures: MEASURES,
    publishing_order: &["cameras", "shots"],
    ..Contract::parse(include_str!("contract.yaml")).expect("a contract")
});

static PRESENTATION: Presentation = Presentation {
    pages: |_| {
        let number = CONTRACT.measure("Number of shots").expect("a measure");
        let card = Visual::new(Kind::Card, grid::cell(0, 0, 12, 2), "Shots", "Their number");
        vec![Page {
            name: "Shots",
            visuals: vec![card.bucket("Data", &[measure(number)])],
            drilled_through: None,
        }]
    },
    column: |_, column| ColumnPresentation {
        hidden: column == "camera_id",
        ..ColumnPresentation::default()
    },
    colours: &["#C44E00"],
    hierarchy: None,
};

impl DatasetFormat for ToyFormat {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn contract(&self) -> &'static Contract {
        &CONTRACT
    }

    fn release(&self, name: &str) -> Result<Release, ReleaseNameError> {
        name.parse()
    }

    fn recognise(&self, file_name: &str) -> Option<Recognised> {
        (file_name == LABELS).then_some(Recognised {
            role: FileRole::Labels("all"),
            release: None,
        })
    }

    fn landed_name<'a>(&self, file_name: &'a str) -> &'a str {
        file_name
    }

    fn is_of(&self, _: &Recognised, _: &Release) -> bool {
        true
    }

    fn find(&self, paths: &[&str], wanted: Option<&Release>) -> Result<ReleaseFiles, FindError> {
        let mut found = paths.iter().filter(|path| !is_clutter(path));
        let found = found.find(|path| path.rsplit('/').next() == Some(LABELS));
        let path = found.ok_or_else(|| FindError::NoLabelFiles {
            looked_for: vec![LABELS.to_owned()],
        })?;
        let only = || "only".parse().expect("a name");
        Ok(ReleaseFiles {
            release: wanted.cloned().unwrap_or_else(only),
            labels: vec![LabelFile {
                split: "all",
                path: (*path).to_owned(),
            }],
            metadata: None,
        })
    }

    fn files_of_a_release(&self) -> &'static str {
        "`labels.tsv`"
    }

    fn image_extensions(&self) -> &'static [&'static str] {
        &["jpg", "jpeg"]
    }

    fn image_folders(&self, _: &Release) -> Vec<String> {
        vec![FOLDER.to_owned()]
    }

    fn is_image_folder(&self, name: &str) -> bool {
        name == FOLDER
    }

    fn for_each_image_name(&self, text: &[u8], each: &mut dyn FnMut(&str)) {
        for label in labels(text) {
            each(&label.file);
        }
    }
}

/// Three labels, and at most three pictures.
struct Sample(u32);

impl SyntheticDataset for Sample {
    fn texts(&self) -> Vec<(&str, &[u8])> {
        let labels = "a.jpg\tnorth\tsun\nb.jpg\tnorth\train\nc.jpg\tsouth\tsun\n";
        vec![(LABELS, labels.as_bytes())]
    }

    fn images(&self) -> Vec<&str> {
        let names = ["shots/a.jpg", "shots/b.JPG", "shots/other.jpg"];
        names.into_iter().take(self.0 as usize).collect()
    }

    fn image(&self, index: usize) -> Vec<u8> {
        vec![0; 5 + index]
    }
}

fn labels(text: &[u8]) -> Vec<Label> {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().filter_map(|line| {
        let mut fields = line.split('\t').map(str::to_owned);
        Some(Label {
            file: fields.next()?,
            camera: fields.next()?,
            weather: fields.next()?,
        })
    });
    lines.collect()
}

#[async_trait]
impl Dataset for Toy {
    fn format(&self) -> &'static dyn DatasetFormat {
        &ToyFormat
    }

    fn presentation(&self) -> &'static Presentation {
        &PRESENTATION
    }

    fn sample(&self, options: &SampleOptions) -> Box<dyn SyntheticDataset> {
        Box::new(Sample(options.patients))
    }

    fn demo(&self) -> &'static Demo {
        &Demo {
            patients: 2,
            release: "only",
            questions: &[],
            next: "SELECT * FROM shots",
        }
    }

    async fn plan(&self, lake: &Lake, options: &BuildOptions) -> Result<BuildPlan, BuildError> {
        let release = choose_release(lake, options.release.as_ref()).await?;
        let manifest = manifest::read(lake, release.as_str()).await?;
        let top = landing::top_files(lake, release.as_str()).await?;
        let names = top.iter().filter_map(|file| file.location.filename());
        let completeness = Completeness::of(lake.dataset(), &release, &manifest, names);
        check_whole(&release, completeness, options)?;
        let key = layout::key(&format!("{}/{LABELS}", layout::landing(release.as_str())));
        let text = lake.read(&key).await?;
        let mut digest = Digest::default();
        digest.update(&text);
        let inputs = vec![
            Input {
                path: key.to_string(),
                bytes: text.len() as u64,
                digest: digest.to_string(),
            },
            landed(&release, &manifest),
        ];
        let digests: String = inputs.iter().map(|input| input.digest.as_str()).collect();
        let content_id = hex::encode(Sha256::digest(digests));
        Ok(BuildPlan {
            action: action(lake, &content_id).await?,
            release,
            content_id,
            inputs,
            warnings: Vec::new(),
            prepared: Prepared::new((labels(&text), manifest)),
        })
    }

    async fn forecast(
        &self,
        _: &Lake,
        plan: BuildPlan,
        _: &BuildOptions,
        _: Arc<dyn Progress>,
    ) -> Result<Forecast, BuildError> {
        let (labels, _): (Vec<Label>, manifest::Manifest) = plan.prepared.take();
        Ok(Forecast {
            counts: counts(&labels),
            tables: [].into(),
        })
    }

    async fn execute(
        &self,
        lake: &Lake,
        plan: BuildPlan,
        _: &BuildOptions,
        _: Arc<dyn Progress>,
        _: &Stop,
    ) -> Result<BuildSummary, BuildError> {
        build::execute(lake, plan).await
    }

    async fn report(&self, lake: &Lake, entry: &Entry, _: usize) -> Result<Report, QueryError> {
        let sql = "SELECT COUNT(*) AS shots FROM shots";
        let answer = engine(lake, entry)?.query(sql, None).await?;
        let shots = answer.batches[0].column(0);
        let shots = arrow::util::display::array_value_to_string(shots, 0).expect("a number");
        Ok(Report {
            counts: json!({"shots": shots}),
            summary: format!("{shots} shots"),
            html: format!("<p>{shots} shots</p>"),
        })
    }

    async fn diff(&self, _: &Lake, a: &Entry, b: &Entry) -> Result<Comparison, QueryError> {
        let tables = tables(a, b);
        Ok(Comparison {
            text: format!("{} tables", tables.len()),
            json: json!({"tables": tables}).to_string(),
        })
    }

    fn without_images(&self, forecast: &mut Forecast) {
        forecast.counts.slices_in_landing = None;
    }
}

fn counts(labels: &[Label]) -> Counts {
    Counts {
        lines: labels.len() as u64,
        slices: labels.len() as u64,
        ..Counts::default()
    }
}
