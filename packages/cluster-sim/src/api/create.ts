import { ClusterError } from "@argo-ts/k8s"
import { formatInstant, type JsonValue, type ObjectMeta, type UntypedObject } from "@argo-ts/kernel"
import { checkLimits } from "../admission/limit-ranges.js"
import { templateOf } from "../admission/pod-template.js"
import { checkQuotas } from "../admission/quota.js"
import { reviewOf } from "../hooks/review.js"
import type { KindRules } from "../kinds/rules.js"
import { adoptDraft, type Fields, putField } from "../store/adopt.js"
import type { Collection } from "../store/collection.js"
import { asJson, asObject, type StoredObject } from "../store/stored-object.js"
import type { Candidate } from "../validation/check.js"
import { admit } from "./admission.js"
import { decodedObject } from "./decoding.js"
import {
  alreadyExists,
  badRequest,
  type FieldError,
  forbidden,
  invalid,
  notFound,
} from "./errors.js"
import { tracked } from "./managed.js"
import { metadataErrors, nameRequired } from "./metadata.js"
import type { Server } from "./server.js"
import { kindErrors } from "./validate.js"
import type { WriteRequest } from "./write.js"

const generatedPrefixMax = 58
const generationAttempts = 8

/** Refuses a body of another kind than it was sent for. */
export function checkKind(rules: KindRules, object: UntypedObject): void {
  const { apiVersion, kind } = object as Partial<UntypedObject>
  const isKind = kind === undefined || kind === rules.kind.kind
  const isVersion = apiVersion === undefined || apiVersion === rules.apiVersion
  if (isKind && isVersion) return
  throw badRequest(
    `${kind} in version "${apiVersion}" cannot be handled as a ${rules.kind.kind}: expected ${rules.kind.kind} in version "${rules.apiVersion}"`,
  )
}

/** The namespace an object is stored under; empty for cluster-scoped kinds. */
export function namespaceOf(rules: KindRules, namespace: string | undefined): string {
  if (rules.kind.scope === "Cluster") return ""
  if (namespace === undefined || namespace === "") {
    throw badRequest(
      `an empty namespace may not be set for ${rules.resource}, which live in a namespace`,
    )
  }
  return namespace
}

function checkNamespace(server: Server, rules: KindRules, namespace: string, name: string): void {
  if (rules.kind.scope === "Cluster") return
  const namespaces = server.registry.byId("/namespaces") as KindRules
  const found = server.store.collection(namespaces).get("", namespace)
  if (found === undefined) throw notFound(namespaces, namespace)
  if (found.metadata.deletionTimestamp === undefined) return
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`
  const causes = [
    {
      reason: "NamespaceTerminating",
      message: `namespace ${namespace} is being terminated`,
      field: "metadata.namespace",
    },
  ]
  throw forbidden(rules, name, why, causes)
}

function newName(server: Server, rules: KindRules, wanted: ObjectMeta, namespace: string): string {
  const { name, generateName } = wanted
  if (name !== undefined && name !== "") return name
  if (generateName === undefined || generateName === "") throw invalid(rules, "", [nameRequired()])
  const prefix = generateName.slice(0, generatedPrefixMax)
  for (let attempt = 0; attempt < generationAttempts; attempt++) {
    const candidate = prefix + server.draws.suffix(rules.id, namespace, prefix)
    if (server.store.collection(rules).get(namespace, candidate) === undefined) return candidate
  }
  const message = `${rules.resource} "${prefix}" already exists, the server was not able to generate a unique name for the object`
  throw new ClusterError("AlreadyExists", message, { retryAfterSeconds: 1 })
}

/** What a writer may choose of an object's metadata. */
export type ChosenMetadata = Pick<
  ObjectMeta,
  "labels" | "annotations" | "ownerReferences" | "finalizers"
>

/** Metadata that is being put together, field by field: every write does that. */
export type OpenMetadata = { -readonly [Field in keyof ObjectMeta]: ObjectMeta[Field] }

/** Puts in what the writer has chosen. Maps and lists that are empty are as good as absent. */
export function choose(metadata: OpenMetadata, wanted: ChosenMetadata): void {
  const { labels, annotations, ownerReferences, finalizers } = wanted
  if (hasEntries(labels)) metadata.labels = labels
  if (hasEntries(annotations)) metadata.annotations = annotations
  if (ownerReferences?.length) metadata.ownerReferences = ownerReferences
  if (finalizers?.length) metadata.finalizers = finalizers
}

type Entries = { readonly [key: string]: string }

function hasEntries(record: Entries | undefined | null): record is Entries {
  return record !== undefined && record !== null && Object.keys(record).length > 0
}

function newMetadata(server: Server, rules: KindRules, wanted: ObjectMeta): ObjectMeta {
  const namespace = namespaceOf(rules, wanted.namespace)
  const name = newName(server, rules, wanted, namespace)
  const generation = rules.hasGeneration ? 1 : wanted.generation
  const uid = server.draws.uid(rules.id, namespace, name)
  const creationTimestamp = formatInstant(server.now())
  const metadata: OpenMetadata = { name }
  if (wanted.generateName !== undefined) metadata.generateName = wanted.generateName
  if (namespace !== "") metadata.namespace = namespace
  metadata.uid = uid
  metadata.resourceVersion = ""
  if (generation !== undefined) metadata.generation = generation
  metadata.creationTimestamp = creationTimestamp
  choose(metadata, wanted)
  return metadata
}

/** The first fields of every object. */
export const firstFields: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"])

/** The object with the fields that every object begins with first. */
function bodyOf(rules: KindRules, metadata: ObjectMeta, wanted: UntypedObject): UntypedObject {
  const { apiVersion, kind } = rules
  const body = { apiVersion, kind: kind.kind, metadata } as unknown as Fields
  const given = asJson(wanted)
  for (const name of Object.keys(given)) {
    if (firstFields.has(name) || (name === "status" && !rules.keepsStatusOnCreate)) continue
    putField(body, name, given[name] as JsonValue)
  }
  return asObject(body)
}

/** Throws every complaint about an object at once. */
export function checkObject(rules: KindRules, candidate: Candidate): void {
  const { object, before } = candidate
  const errors: FieldError[] = metadataErrors(rules, object, before)
  errors.push(...kindErrors(rules, candidate))
  if (errors.length > 0) throw invalid(rules, object.metadata.name ?? "", errors)
}

/** What a new pod may share with the one before it: most are made from one template, by the thousand. */
function siblingOf(
  { podShapes }: Server,
  rules: KindRules,
  pods: Collection,
  pod: UntypedObject,
): StoredObject | undefined {
  if (!rules.isGraceful) return undefined
  const last = pods.latest()
  const { labels, annotations, ownerReferences } = last?.metadata ?? {}
  const metadata = { labels, annotations, ownerReferences }
  const kin = podShapes.has(pod["spec"]) ? pod : last
  return { metadata, spec: kin?.["spec"], status: kin?.["status"] } as unknown as StoredObject
}

/** Creates an object. `managed` are the entries that an apply has computed; other writes are tracked here. */
export function createObject(
  server: Server,
  rules: KindRules,
  sent: UntypedObject,
  request: WriteRequest & { readonly managed?: ObjectMeta["managedFields"] },
): StoredObject {
  checkKind(rules, sent)
  if (rules.isTerminating) {
    const message = "create not allowed while custom resource definition is terminating"
    throw new ClusterError("MethodNotAllowed", message)
  }
  const template = templateOf(server.store, rules, sent)
  const known = template?.isRead === true ? { spec: template.spec } : undefined
  const isOwn = request.isOwn === true
  const wanted = isOwn ? sent : decodedObject(rules, sent, request, known)
  const { metadata: given = {} } = wanted
  if (given.resourceVersion !== undefined && given.resourceVersion !== "") {
    const message = "resourceVersion should not be set on objects to be created"
    throw new ClusterError("InternalError", message)
  }
  const metadata = newMetadata(server, rules, given)
  const { name = "", namespace = "" } = metadata
  checkNamespace(server, rules, namespace, name)
  const body = isOwn ? Object.assign(wanted, { metadata }) : bodyOf(rules, metadata, wanted)
  const others = server.store.collection(rules)
  const fill = (object: UntypedObject): UntypedObject =>
    admit({ server, rules, request, object, before: undefined, template })
  const whole = isOwn ? body : fill(body)
  const admitted = server.admission.isPlain
    ? whole
    : server.admission.mutate(reviewOf("CREATE", rules, request, { object: whole }), fill)
  const adopted =
    isOwn && admitted === body
      ? (body as StoredObject)
      : adoptDraft(admitted, siblingOf(server, rules, others, admitted))
  checkObject(rules, { server, object: adopted, before: undefined, subresource: undefined })
  const existing = others.get(namespace, name)
  if (existing !== undefined) {
    throw alreadyExists(rules, name, existing.metadata.deletionTimestamp !== undefined)
  }
  server.admission.validate(reviewOf("CREATE", rules, request, { object: adopted }))
  checkLimits(server, rules, adopted)
  if (!request.isDryRun) checkQuotas(server, rules, adopted)
  const after = tracked(server, rules, { before: undefined, after: adopted, request })
  if (request.isDryRun) {
    const { resourceVersion: _none, ...identity } = after.metadata
    return { ...after, metadata: identity } as StoredObject
  }
  return server.commit({ request, rules, before: undefined, after })
}
