//! What a request is for.

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    GetDataset,
    GetDatasetMetadata,
    GetDatasetStatus,
    ListDatasetFiles,
    DownloadDataset,
    IntrospectToken,
    /// Bytes, by a signed URL.
    Signed,
    /// Bytes, by a URL that anybody may use.
    Plain,
    /// Bytes, by a URL that is for somebody.
    Guarded,
    /// No such thing.
    Unknown,
    // Behind the others: their places are in the lots that are drawn for faults.
    GenerateAccessToken,
}

impl Operation {
    pub(crate) fn is_api(self) -> bool {
        !matches!(self, Self::Signed | Self::Plain | Self::Guarded)
    }

    /// The operation of an RPC path.
    pub(crate) fn of_rpc(path: &str) -> Self {
        let path = path.strip_prefix("/api").unwrap_or(path);
        let Some(method) = path.strip_prefix("/v1/") else {
            return Self::Unknown;
        };
        match method {
            "datasets.DatasetApiService/GetDataset" => Self::GetDataset,
            "datasets.DatasetApiService/GetDatasetMetadata" => Self::GetDatasetMetadata,
            "datasets.DatasetApiService/GetDatasetStatus" => Self::GetDatasetStatus,
            "datasets.DatasetApiService/ListDatasetFiles" => Self::ListDatasetFiles,
            "datasets.DatasetApiService/DownloadDataset" => Self::DownloadDataset,
            "security.OAuthService/IntrospectToken" => Self::IntrospectToken,
            "users.AccountService/GenerateAccessToken" => Self::GenerateAccessToken,
            _ => Self::Unknown,
        }
    }

    /// The operation of a path of the website's API, with what it says of owner, slug and file.
    pub(crate) fn of_rest(path: &str) -> (Self, Vec<&str>) {
        let mut parts = path.splitn(7, '/').skip(1);
        let is_datasets = parts.by_ref().take(3).eq(["api", "v1", "datasets"]);
        let operation = match parts.next() {
            Some("view") if is_datasets => Self::GetDataset,
            Some("metadata") if is_datasets => Self::GetDatasetMetadata,
            Some("status") if is_datasets => Self::GetDatasetStatus,
            Some("list") if is_datasets => Self::ListDatasetFiles,
            Some("download") if is_datasets => Self::DownloadDataset,
            _ => Self::Unknown,
        };
        (
            operation,
            parts.flat_map(|rest| rest.splitn(2, '/')).collect(),
        )
    }
}
