//! What the roles of `template.yaml` grant, and an interceptor that holds every function to its own: what is not
//! granted is refused, as on AWS, and what is used is remembered.

use aws_sdk_dynamodb::config::SharedInterceptor;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::BeforeTransmitInterceptorContextRef},
        orchestrator::Metadata,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;
use serde_yaml_ng::Value as Yaml;
use shared::observation;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

/// An action, and the kind of item that it is done to, where it is done to one.
pub(crate) type Permission = (String, String);

/// By the name of a function's binary.
pub(crate) type Permissions = BTreeMap<String, BTreeSet<Permission>>;

/// Holds functions to what they were granted.
#[derive(Clone, Debug)]
pub(crate) struct Policies {
    granted: Arc<Permissions>,
    used: Arc<Mutex<Permissions>>,
}

impl Policies {
    /// Those of the template.
    pub(crate) fn of_the_template() -> Self {
        let template = serde_yaml_ng::from_str(include_str!("../../template.yaml")).unwrap();
        Self { granted: Arc::new(granted(&template)), used: Arc::default() }
    }

    pub(crate) fn granted(&self) -> &Permissions {
        &self.granted
    }

    pub(crate) fn used(&self) -> Permissions {
        self.used.lock().unwrap().clone()
    }

    pub(crate) fn into_interceptor(self) -> SharedInterceptor {
        SharedInterceptor::new(self)
    }

    fn check(&self, function: &str, permission: Permission) -> Result<(), BoxError> {
        let is_granted = self.granted.get(function).is_some_and(|own| own.contains(&permission));
        if !is_granted {
            let refusal = format!("{function} may not {permission:?}");
            eprintln!("{refusal}");
            return Err(refusal.into());
        }
        let mut used = self.used.lock().unwrap();
        used.entry(function.to_owned()).or_default().insert(permission);
        Ok(())
    }
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Policies {
    fn name(&self) -> &'static str {
        "Policies"
    }

    fn read_before_attempt(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // What is done for no request, at the start of the laptop's server, no role has to do.
        let function = observation::with_current(|observation| observation.function);
        let (Some(function), Some(metadata)) = (function, config.load::<Metadata>()) else {
            return Ok(());
        };
        let service = match metadata.service() {
            "DynamoDB" => "dynamodb",
            "KMS" => "kms",
            _ => "secretsmanager",
        };
        let action = format!("{service}:{}", metadata.name());
        let body = context.request().body().bytes().unwrap_or_default();
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        for what in objects(&action, &body) {
            self.check(function, (action.clone(), what))?;
        }
        // Tagging a key in the making takes a permission of its own.
        if action == "kms:CreateKey" && body.get("Tags").is_some() {
            self.check(function, ("kms:TagResource".to_owned(), what_kms_does(&action, &body)))?;
        }
        Ok(())
    }
}

/// What is acted upon: the kinds of the items' keys; how a key is used; nothing else is told apart.
fn objects(action: &str, body: &Value) -> BTreeSet<String> {
    let kind = |pk: &Value| format!("{}#*", pk["S"].as_str().unwrap().split('#').next().unwrap());
    match action {
        "dynamodb:BatchGetItem" => {
            let tables = body["RequestItems"].as_object().unwrap().values();
            tables
                .flat_map(|table| table["Keys"].as_array().unwrap())
                .map(|key| kind(&key["pk"]))
                .collect()
        }
        "dynamodb:PutItem" => BTreeSet::from([kind(&body["Item"]["pk"])]),
        "dynamodb:UpdateItem" => BTreeSet::from([kind(&body["Key"]["pk"])]),
        _ if action.starts_with("kms:") => BTreeSet::from([what_kms_does(action, body)]),
        _ => BTreeSet::from([String::new()]),
    }
}

fn what_kms_does(action: &str, body: &Value) -> String {
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    match action {
        "kms:Sign" => format!("{} {}", text("SigningAlgorithm"), text("MessageType")),
        "kms:CreateKey" | "kms:TagResource" => {
            let tags = body["Tags"].as_array().unwrap();
            let role = tags.iter().find(|tag| tag["TagKey"] == "cardea:role").unwrap();
            role["TagValue"].as_str().unwrap().to_owned()
        }
        "kms:Decrypt" | "kms:GenerateDataKey" => {
            let context = body["EncryptionContext"].as_object().unwrap();
            context.keys().cloned().collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

/// What the template's roles grant, said in the same words.
fn granted(template: &Yaml) -> Permissions {
    let resources = template["Resources"].as_mapping().unwrap();
    let functions = resources
        .iter()
        .filter(|(_, resource)| resource["Type"].as_str() == Some("AWS::Serverless::Function"));
    functions
        .map(|(id, function)| {
            let binary = function["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap();
            let role = &template["Resources"][format!("{}Role", id.as_str().unwrap())];
            assert_eq!(role["Type"].as_str(), Some("AWS::IAM::Role"), "{binary}");
            assert!(role["Properties"].get("ManagedPolicyArns").is_none(), "{binary}");
            let policies = role["Properties"]["Policies"].as_sequence().unwrap();
            let statements = policies
                .iter()
                .flat_map(|policy| policy["PolicyDocument"]["Statement"].as_sequence().unwrap());
            (
                binary.to_owned(),
                statements.flat_map(|statement| permissions(binary, statement)).collect(),
            )
        })
        .collect()
}

fn permissions(function: &str, statement: &Yaml) -> Vec<Permission> {
    assert_eq!(statement["Effect"].as_str(), Some("Allow"), "{function}");
    let actions = match &statement["Action"] {
        Yaml::Sequence(actions) => actions.iter().map(|action| action.as_str().unwrap()).collect(),
        action => vec![action.as_str().unwrap()],
    };
    let of_no_log = actions.into_iter().filter(|action| !action.starts_with("logs:"));
    of_no_log
        .flat_map(|action| {
            assert!(!action.contains('*'), "{function}: {action}");
            let whats = conditions(function, action, &statement["Condition"]);
            whats.into_iter().map(|what| (action.to_owned(), what)).collect::<Vec<_>>()
        })
        .collect()
}

fn conditions(function: &str, action: &str, condition: &Yaml) -> Vec<String> {
    let text = |value: &Yaml| value.as_str().unwrap_or_default().to_owned();
    let equals = &condition["StringEquals"];
    match action {
        _ if action.starts_with("dynamodb:") => {
            // `ForAllValues` holds where there is no key at all; `Null` says that there must be one.
            assert_eq!(
                condition["Null"]["dynamodb:LeadingKeys"].as_str(),
                Some("false"),
                "{function}"
            );
            let keys = condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"].as_sequence();
            keys.unwrap().iter().map(text).collect()
        }
        "kms:Sign" => {
            assert_eq!(text(&equals["aws:ResourceTag/cardea:role"]), "tenant-signing");
            let [algorithm, kind] =
                ["kms:SigningAlgorithm", "kms:MessageType"].map(|name| text(&equals[name]));
            vec![format!("{algorithm} {kind}")]
        }
        "kms:CreateKey" | "kms:TagResource" => vec![text(&equals["aws:RequestTag/cardea:role"])],
        "kms:Decrypt" | "kms:GenerateDataKey" => {
            assert_eq!(condition["Null"]["kms:EncryptionContext:tenant"].as_str(), Some("false"));
            vec!["tenant".to_owned()]
        }
        _ => vec![String::new()],
    }
}
