//! The client.
use crate::endpoint::Endpoint;
use crate::error::Error;
/// The client.
#[derive(Clone, Debug)]
pub struct Client;
impl Client {
    /// Sends.
    ///
    /// # Errors
    /// All.
    pub async fn send<E: Endpoint>(&self, _endpoint: &E) -> Result<E::Response, Error> { std::future::pending().await }
}
