//! CRM objects of a call and its parties to `crm_objects`, and the deals among them to `deal_history`.

use std::collections::BTreeMap;

use talktrack_analyzers::table::FieldMap;
use talktrack_analyzers::tables::{CrmObjectRow, DealHistoryRow};
use talktrack_gong::api::calls::{CallRecord, CrmContext, CrmField};

use super::{Context, stored_time};
use crate::ingest::canonical::plain_text;
use crate::ingest::crm::deals::{NOW, TIME_OF_CALL};

/// What the CRM context of a call becomes.
pub(super) struct CrmRows {
    pub(super) objects: Vec<CrmObjectRow>,
    pub(super) deals: Vec<DealHistoryRow>,
    pub(super) deals_now: Vec<(String, String)>,
}

/// Takes the CRM objects out of a record whose parties were taken already; fields that no column holds stay.
pub(super) fn take(call_id: &str, record: &mut CallRecord, context: Context<'_>) -> CrmRows {
    let mut objects = objects_of(call_id, "", &mut record.context);
    for party in &mut record.parties {
        let party_id = party.id.clone().unwrap_or_default();
        objects.extend(objects_of(call_id, &party_id, &mut party.context));
    }
    let objects = keyed(objects);
    let deals = deals_of(&objects, record, context);
    let deals_now = deals
        .iter()
        .filter(|deal| deal.timing == NOW)
        .map(|deal| (deal.system.clone(), deal.deal_id.clone()))
        .collect();
    CrmRows {
        objects,
        deals,
        deals_now,
    }
}

fn objects_of(call_id: &str, party_id: &str, contexts: &mut Vec<CrmContext>) -> Vec<CrmObjectRow> {
    let mut rows = Vec::new();
    for context in contexts.iter_mut() {
        for object in &mut context.objects {
            let timing = object.timing.take();
            rows.push(CrmObjectRow {
                call_id: call_id.to_owned(),
                party_id: party_id.to_owned(),
                timing: stored_timing(timing.as_deref()),
                system: context.system.clone().unwrap_or_default(),
                object_type: object.object_type.clone().unwrap_or_default(),
                object_id: object.object_id.clone().unwrap_or_default(),
                fields: field_map(std::mem::take(&mut object.fields)),
            });
        }
        context.objects.retain(|object| !object.extra.is_empty());
    }
    contexts.retain(|context| !context.objects.is_empty() || !context.extra.is_empty());
    rows
}

/// `Now` and `TimeOfCall` as they are stored; Gong leaves the word out where only one timing was asked for, and that is now.
fn stored_timing(timing: Option<&str>) -> String {
    match timing {
        Some(word) if word.eq_ignore_ascii_case("TimeOfCall") => TIME_OF_CALL.to_owned(),
        _ => NOW.to_owned(),
    }
}

/// Fields by name, sorted; the last one wins where a name stands twice.
fn field_map(fields: Vec<CrmField>) -> FieldMap {
    let by_name: BTreeMap<String, String> = fields
        .into_iter()
        .filter_map(|field| Some((field.name, plain_text(&field.value)?)))
        .collect();
    FieldMap(by_name.into_iter().collect())
}

fn key(object: &CrmObjectRow) -> [&str; 5] {
    [
        &object.party_id,
        &object.timing,
        &object.system,
        &object.object_type,
        &object.object_id,
    ]
}

/// Objects in stored order, each key once; the last one wins.
fn keyed(mut objects: Vec<CrmObjectRow>) -> Vec<CrmObjectRow> {
    objects.reverse();
    objects.sort_by(|a, b| key(a).cmp(&key(b)));
    objects.dedup_by(|later, earlier| key(later) == key(earlier));
    objects
}

fn deals_of(
    objects: &[CrmObjectRow],
    record: &CallRecord,
    context: Context<'_>,
) -> Vec<DealHistoryRow> {
    let mappings = &context.settings.crm;
    let mut deals: BTreeMap<(&str, &str, &str), DealHistoryRow> = BTreeMap::new();
    for object in objects
        .iter()
        .filter(|object| mappings.is_deal(&object.system, &object.object_type))
    {
        let facts = mappings.read(&object.system, &object.fields);
        let observed_at = if object.timing == NOW {
            context.now
        } else {
            record.meta_data.started
        };
        let key = (
            object.system.as_str(),
            object.object_id.as_str(),
            object.timing.as_str(),
        );
        deals.entry(key).or_insert_with(|| DealHistoryRow {
            system: object.system.clone(),
            deal_id: object.object_id.clone(),
            timing: object.timing.clone(),
            observed_at: stored_time(observed_at),
            call_id: object.call_id.clone(),
            source: "call".to_owned(),
            name: facts.name,
            stage: facts.stage,
            amount: facts.amount,
            currency: facts.currency,
            close_date: facts.close_date,
            owner: facts.owner,
            outcome: facts.outcome.map(str::to_owned),
            account_id: facts.account_id.or_else(|| only_account(objects, object)),
            fields: object.fields.clone(),
        });
    }
    deals.into_values().collect()
}

/// The account that the same call carries, where it carries exactly one of that system.
fn only_account(objects: &[CrmObjectRow], deal: &CrmObjectRow) -> Option<String> {
    let mut accounts = objects.iter().filter(|object| {
        object.party_id.is_empty()
            && object.system == deal.system
            && object.timing == deal.timing
            && object.object_type.eq_ignore_ascii_case("account")
    });
    let only = accounts.next()?;
    accounts.next().is_none().then(|| only.object_id.clone())
}
