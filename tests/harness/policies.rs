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

    /// Holds whoever calls the function that fetches to it that it may.
    pub(crate) fn check_invocation(&self) -> Result<(), BoxError> {
        let function = observation::with_current(|observation| observation.function);
        let permission = ("lambda:InvokeFunction".to_owned(), String::new());
        self.check(function.unwrap_or_default(), permission)
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

/// The kind of items of which an update may only touch some attributes.
const BY_ATTRIBUTE: &str = "CLIENT#*";

fn attribute(kind: &str, name: &str) -> String {
    format!("{kind} {name}")
}

/// The attributes that an update names: those of the key, and those of its expressions.
fn attributes(body: &Value) -> BTreeSet<String> {
    let key = body["Key"].as_object().unwrap().keys().cloned();
    let expressions = ["UpdateExpression", "ConditionExpression"].map(|name| body[name].as_str());
    let is_of_a_name = |letter: char| letter.is_ascii_alphanumeric() || "_:".contains(letter);
    let words = expressions.into_iter().flatten();
    let words = words.flat_map(move |text| text.split(move |letter| !is_of_a_name(letter)));
    let is_name = |word: &&str| {
        let is_keyword = word.chars().all(|letter| letter.is_ascii_uppercase());
        !is_keyword && !word.starts_with(':') && !word.starts_with("attribute_")
    };
    key.chain(words.filter(is_name).map(str::to_owned)).collect()
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
        "dynamodb:Query" => {
            let kind = kind(&body["ExpressionAttributeValues"][":pk"]);
            let index = body["IndexName"].as_str();
            BTreeSet::from([index.map_or(kind.clone(), |index| format!("{kind} in {index}"))])
        }
        "dynamodb:PutItem" => BTreeSet::from([kind(&body["Item"]["pk"])]),
        "dynamodb:UpdateItem" if kind(&body["Key"]["pk"]) == BY_ATTRIBUTE => {
            attributes(body).iter().map(|name| attribute(BY_ATTRIBUTE, name)).collect()
        }
        "dynamodb:UpdateItem" | "dynamodb:DeleteItem" => BTreeSet::from([kind(&body["Key"]["pk"])]),
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
            format!("{} {}", role["TagValue"].as_str().unwrap(), text("KeySpec"))
        }
        "kms:Decrypt" | "kms:GenerateDataKey" => {
            let context = body["EncryptionContext"].as_object().unwrap();
            context.keys().cloned().collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

/// What the template's roles grant, said in the same words. What they grant it on, and under which conditions, must be
/// what [`grants`] says to the letter: a wider resource or a condition less is no grant that is known here.
fn granted(template: &Yaml) -> Permissions {
    let resources = template["Resources"].as_mapping().unwrap();
    let of_type = |kind: &'static str| {
        resources.iter().filter(move |(_, resource)| resource["Type"].as_str() == Some(kind))
    };
    for elsewhere in ["AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"] {
        assert_eq!(of_type(elsewhere).count(), 0, "a policy that is not in its role");
    }
    of_type("AWS::Serverless::Function")
        .map(|(id, function)| {
            let id = id.as_str().unwrap();
            let binary = function["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap();
            assert_eq!(text(&function["Properties"]["Role"]), format!("!GetAtt {id}Role.Arn"));
            assert!(function["Properties"].get("Policies").is_none(), "{binary}");
            let role = &template["Resources"][format!("{id}Role")];
            assert!(role["Properties"].get("ManagedPolicyArns").is_none(), "{binary}");
            let policies = role["Properties"]["Policies"].as_sequence().unwrap();
            let statements = policies
                .iter()
                .flat_map(|policy| policy["PolicyDocument"]["Statement"].as_sequence().unwrap());
            let permissions = statements.flat_map(|statement| permissions(id, statement));
            (binary.to_owned(), permissions.collect())
        })
        .collect()
}

fn permissions(id: &str, statement: &Yaml) -> Vec<Permission> {
    assert_eq!(statement["Effect"].as_str(), Some("Allow"), "{id}");
    let members: Vec<_> = statement.as_mapping().unwrap().keys().map(text).collect();
    assert!(
        members.iter().all(|name| ["Effect", "Action", "Resource", "Condition"].contains(&&**name))
    );
    let actions = match &statement["Action"] {
        Yaml::Sequence(actions) => actions.iter().map(text).collect(),
        action => vec![text(action)],
    };
    let mut permissions = Vec::new();
    for action in actions {
        let (mut resource, conditions) = grants(&action);
        let is_in_listing = action == "dynamodb:Query" && text(&statement["Resource"]) == LISTING;
        if is_in_listing {
            resource = LISTING;
        }
        let resource = resource.replace("{id}", id);
        assert_eq!(text(&statement["Resource"]), resource, "{id}: {action}");
        let Conditions { others: found, leading_keys, attributes } = Conditions::of(statement);
        let own = conditions.iter().copied();
        // Likewise, where there are only some attributes.
        let expected = own.chain(attributes.as_ref().map(|_| SOME_ATTRIBUTE));
        let expected: BTreeSet<_> = expected.map(str::to_owned).collect();
        assert_eq!(found, expected, "{id}: {action}");
        let mut whats =
            if leading_keys.is_empty() { what_is_granted(&action) } else { leading_keys };
        if is_in_listing {
            for kind in &mut whats {
                kind.push_str(" in listing");
            }
        }
        if let Some(names) = attributes {
            let each = |kind: String| names.iter().map(move |name| attribute(&kind, name));
            whats = whats.into_iter().flat_map(each).collect();
        }
        // Every function writes its log, by other means than the SDK.
        if !action.starts_with("logs:") {
            permissions.extend(whats.into_iter().map(|what| (action.clone(), what)));
        }
    }
    permissions
}

const LISTING: &str = "!Sub ${Table.Arn}/index/listing";
const ANY_KEY: &str = "!Sub arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*";
const SECRETS: &str = "!Sub arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/*";
const SOME_KEY: &str = "Null dynamodb:LeadingKeys = false";
const SOME_ATTRIBUTE: &str = "Null dynamodb:Attributes = false";
const OF_A_TENANT: &str = "Null kms:EncryptionContext:tenant = false";
const OUR_KEY: [&str; 2] = [
    "StringEquals aws:ResourceTag/cardea:role = tenant-signing",
    "StringEquals aws:ResourceTag/cardea:stack = !Ref AWS::StackName",
];
const TO_BE_OUR_KEY: [&str; 2] = [
    "StringEquals aws:RequestTag/cardea:role = tenant-signing",
    "StringEquals aws:RequestTag/cardea:stack = !Ref AWS::StackName",
];

/// What `action` may be granted on, and under which conditions: these and no others.
fn grants(action: &str) -> (&'static str, Vec<&'static str>) {
    match action {
        // `ForAllValues` holds where there is no key at all; `Null` says that there must be one.
        "dynamodb:BatchGetItem"
        | "dynamodb:PutItem"
        | "dynamodb:UpdateItem"
        | "dynamodb:DeleteItem"
        | "dynamodb:Query" => ("!GetAtt Table.Arn", vec![SOME_KEY]),
        "kms:Decrypt" | "kms:GenerateDataKey" => ("!GetAtt SealingKey.Arn", vec![OF_A_TENANT]),
        "kms:Sign" => {
            let how = [
                "StringEquals kms:SigningAlgorithm = RSASSA_PKCS1_V1_5_SHA_256 or ECDSA_SHA_256",
                "StringEquals kms:MessageType = DIGEST",
            ];
            (ANY_KEY, [OUR_KEY, how].concat())
        }
        "kms:DisableKey" => (ANY_KEY, OUR_KEY.to_vec()),
        // Asked of a key just made, whose tags may not count yet. What it reads is published.
        "kms:GetPublicKey" => (ANY_KEY, vec![]),
        "kms:CreateKey" => {
            let kind = [
                "StringEquals kms:KeySpec = RSA_2048 or ECC_NIST_P256",
                "StringEquals kms:KeyUsage = SIGN_VERIFY",
            ];
            ("*", [TO_BE_OUR_KEY, kind].concat())
        }
        "kms:TagResource" => {
            let kind = [
                "StringEqualsIfExists kms:KeySpec = RSA_2048 or ECC_NIST_P256",
                "StringEqualsIfExists kms:KeyUsage = SIGN_VERIFY",
            ];
            (ANY_KEY, [TO_BE_OUR_KEY, kind].concat())
        }
        "lambda:InvokeFunction" => ("!GetAtt Fetch.Arn", vec![]),
        "secretsmanager:CreateSecret"
        | "secretsmanager:PutSecretValue"
        | "secretsmanager:RestoreSecret" => (SECRETS, vec![]),
        "logs:CreateLogStream" | "logs:PutLogEvents" => ("!GetAtt {id}Logs.Arn", vec![]),
        _ => panic!("nobody needs {action}"),
    }
}

fn what_is_granted(action: &str) -> Vec<String> {
    let whats: &[&str] = match action {
        "kms:Sign" => &["RSASSA_PKCS1_V1_5_SHA_256 DIGEST", "ECDSA_SHA_256 DIGEST"],
        "kms:CreateKey" | "kms:TagResource" => {
            &["tenant-signing RSA_2048", "tenant-signing ECC_NIST_P256"]
        }
        "kms:Decrypt" | "kms:GenerateDataKey" => &["tenant"],
        _ => &[""],
    };
    whats.iter().map(ToString::to_string).collect()
}

/// What a statement demands.
#[derive(Default)]
struct Conditions {
    /// One text each.
    others: BTreeSet<String>,
    /// The leading keys that are allowed.
    leading_keys: Vec<String>,
    /// The attributes that are allowed, where not all are.
    attributes: Option<Vec<String>>,
}

impl Conditions {
    fn of(statement: &Yaml) -> Self {
        let mut conditions = Self::default();
        let operators = statement.get("Condition").and_then(Yaml::as_mapping);
        for (operator, tests) in operators.into_iter().flatten() {
            for (key, value) in tests.as_mapping().unwrap() {
                let all = || value.as_sequence().unwrap().iter().map(text);
                match (text(operator).as_str(), text(key).as_str()) {
                    ("ForAllValues:StringLike", "dynamodb:LeadingKeys") => {
                        conditions.leading_keys.extend(all());
                    }
                    ("ForAllValues:StringEquals", "dynamodb:Attributes") => {
                        conditions.attributes = Some(all().collect());
                    }
                    (operator, key) => {
                        conditions.others.insert(format!("{operator} {key} = {}", text(value)));
                    }
                }
            }
        }
        conditions
    }
}

/// A scalar as the template writes it, with its tag, or several of them.
fn text(value: &Yaml) -> String {
    match value {
        Yaml::String(text) => text.clone(),
        Yaml::Sequence(several) => several.iter().map(text).collect::<Vec<_>>().join(" or "),
        Yaml::Tagged(tagged) => format!("{} {}", tagged.tag, text(&tagged.value)),
        other => panic!("no scalar: {other:?}"),
    }
}
