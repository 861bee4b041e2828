//! Reads the routes out of `template.yaml`, so that they are written down once.

use lambda_http::http::Method;
use serde_yaml_ng::Value;

/// A route of the HTTP API: which requests go to which function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The binary that the function runs.
    pub function: String,
    /// The method that it answers to; any, when absent.
    pub method: Option<Method>,
    /// The path, with parameters in braces.
    pub path: String,
}

/// The template is not one that this gateway understands, or it and the code disagree.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("template.yaml: {0}")]
pub struct InvalidTemplate(pub String);

/// The routes in `template`, in the order in which they are written.
///
/// `CloudFormation`'s tags (`!Ref`, `!Sub`, …) are left alone: no route depends on them.
///
/// # Errors
///
/// When the template is not YAML, or a function lacks what a route needs.
pub fn routes(template: &str) -> Result<Vec<Route>, InvalidTemplate> {
    let template: Value =
        serde_yaml_ng::from_str(template).map_err(|why| InvalidTemplate(why.to_string()))?;
    let resources = template["Resources"].as_mapping().ok_or_else(|| missing("Resources"))?;
    let mut routes = Vec::new();
    for (name, resource) in resources {
        if resource["Type"].as_str() != Some("AWS::Serverless::Function") {
            continue;
        }
        let of = |what: &str| format!("{}: {what}", name.as_str().unwrap_or_default());
        let binary = &resource["Metadata"]["BuildProperties"]["Binary"];
        let function = text(binary, &of("Metadata.BuildProperties.Binary"))?;
        // A function without events is called by name.
        let Some(events) = resource["Properties"]["Events"].as_mapping() else { continue };
        for event in events.values().filter(|event| event["Type"].as_str() == Some("HttpApi")) {
            let method = text(&event["Properties"]["Method"], &of("Method"))?.to_uppercase();
            let method = match method.as_str() {
                "ANY" => None,
                known => Some(known.parse().map_err(|_| missing(&of("a known Method")))?),
            };
            let path = text(&event["Properties"]["Path"], &of("Path"))?;
            routes.push(Route { function: function.clone(), method, path });
        }
    }
    Ok(routes)
}

fn text(value: &Value, what: &str) -> Result<String, InvalidTemplate> {
    value.as_str().map(str::to_owned).ok_or_else(|| missing(what))
}

fn missing(what: &str) -> InvalidTemplate {
    InvalidTemplate(format!("{what} is missing"))
}

impl Route {
    /// The path parameters, if the route serves `method` and `path`: compared as they are written, so
    /// that no encoding leads around a check.
    #[must_use]
    pub fn parameters<'a>(
        &'a self,
        method: &Method,
        path: &'a str,
    ) -> Option<Vec<(&'a str, &'a str)>> {
        let is_its_method = self.method.as_ref().is_none_or(|own| own == method);
        if !is_its_method || self.path.split('/').count() != path.split('/').count() {
            return None;
        }
        let mut parameters = Vec::new();
        for (pattern, segment) in self.path.split('/').zip(path.split('/')) {
            match pattern.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) if !segment.is_empty() => parameters.push((name, segment)),
                None if pattern == segment => {}
                _ => return None,
            }
        }
        Some(parameters)
    }
}
