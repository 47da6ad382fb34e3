import { expect } from "vitest"
import { causesOf, failure, type HttpCase, mapNamed, patchTypes } from "./http-world.js"

const nowhere = { status: 404, text: "404 page not found\n" }

/** Addresses, representations and bodies, by spec/cluster §12 A. */
export const addressingCases: readonly HttpCase[] = [
  {
    name: "1, 2: paths and groups that do not exist are a page of text",
    async run({ send }) {
      for (const path of ["/nope", "/apis/nope", "/apis/nope/v1/things"]) {
        const answer = await send(`GET ${path}`)
        expect(answer, path).toMatchObject(nowhere)
        expect(answer.type).toContain("text/plain")
      }
    },
  },
  {
    name: "3: an unknown version of a built-in group, and an unknown resource, are a Status",
    async run({ send, path }) {
      for (const at of ["/apis/apps/v9", path("api/v1", "nothings")]) {
        const answer = await send(`GET ${at}`)
        const message = "the server could not find the requested resource"
        expect(answer).toMatchObject(failure(404, "NotFound", message))
        expect(answer.body.details).toEqual({})
      }
    },
  },
  {
    name: "4, 5: an absent object is named with its plural, and with its group where it has one",
    async run({ send, cm, dp }) {
      const map = await send(`GET ${cm}/x`)
      expect(map).toMatchObject(failure(404, "NotFound", 'configmaps "x" not found'))
      expect(map.body.details).toEqual({ name: "x", kind: "configmaps" })
      const deployment = await send(`GET ${dp}/x`)
      expect(deployment).toMatchObject(failure(404, "NotFound", 'deployments.apps "x" not found'))
      expect(deployment.body.details).toEqual({ name: "x", group: "apps", kind: "deployments" })
    },
  },
  {
    name: "6, 7: an absent namespace lists nothing and takes nothing",
    async run({ send }) {
      const absent = "/api/v1/namespaces/no-such-namespace/configmaps"
      expect(await send(`GET ${absent}`)).toMatchObject({ status: 200, body: { items: [] } })
      const refused = await send(`POST ${absent}`, { body: mapNamed("x") })
      const message = 'namespaces "no-such-namespace" not found'
      expect(refused).toMatchObject(failure(404, "NotFound", message))
    },
  },
  {
    name: "8, 9: objects of a namespace live there only, and each path has its methods",
    async run({ send, cm }) {
      expect(await send("GET /api/v1/configmaps/x")).toMatchObject({ status: 404 })
      const outside = await send("POST /api/v1/configmaps", { body: mapNamed("x") })
      expect(outside).toMatchObject(failure(405, "MethodNotAllowed"))
      const message = "the server does not allow this method on the requested resource"
      for (const line of [`PUT ${cm}`, `PATCH ${cm}`, `POST ${cm}/x`]) {
        const body = mapNamed("x")
        const answer = await send(line, { body, type: patchTypes.merge })
        expect(answer, line).toMatchObject(failure(405, "MethodNotAllowed", message))
      }
      for (const line of [`OPTIONS ${cm}`, `HEAD ${cm}`, `HEAD ${cm}/x`]) {
        expect((await send(line)).status, line).toBe(405)
      }
    },
  },
  {
    name: "10: answers are JSON or YAML, and nothing else",
    async run({ send, cm, make }) {
      await make("a", { data: { k: "v" } })
      const refused = await send(`GET ${cm}/a`, { accept: "text/html" })
      expect(refused).toMatchObject({ status: 406 })
      expect(refused.text).toContain("Not Acceptable")
      const json = await send(`GET ${cm}/a`, { accept: "*/*" })
      expect(json).toMatchObject({ status: 200, body: { data: { k: "v" } } })
      const yaml = await send(`GET ${cm}/a`, { accept: "application/yaml" })
      expect(yaml).toMatchObject({ status: 200, type: "application/yaml" })
      expect(yaml.text).toMatch(/^data:\n {2}k: v$/m)
    },
  },
  {
    name: "11: bodies are JSON, YAML or of no type; others are refused",
    async run({ send, cm }) {
      const text = await send(`POST ${cm}`, {
        body: JSON.stringify(mapNamed("a")),
        type: "text/plain",
      })
      const message = "the body of the request was in an unknown format"
      expect(text).toMatchObject(failure(415, "UnsupportedMediaType", message))
      const untyped = await send(`POST ${cm}`, { body: mapNamed("b"), type: "" })
      expect(untyped.status).toBe(201)
      const yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  k: v\n"
      const sent = await send(`POST ${cm}`, { body: yaml, type: "application/yaml" })
      expect(sent).toMatchObject({ status: 201, body: { data: { k: "v" } } })
    },
  },
  {
    name: "12: a patch that says not what it is, is refused",
    async run({ send, cm, make }) {
      await make("a")
      const answer = await send(`PATCH ${cm}/a`, { body: {}, type: "application/json" })
      expect(answer).toMatchObject(failure(415, "UnsupportedMediaType"))
    },
  },
  {
    name: "13, 14, 15: a body has to be readable and of its path's kind, or of no kind",
    async run({ send, cm }) {
      for (const body of ["", "{", "garbage"]) {
        const answer = await send(`POST ${cm}`, { body })
        expect(answer, body).toMatchObject(failure(400, "BadRequest", "couldn't get version/kind"))
      }
      const secret = { ...mapNamed("a"), kind: "Secret" }
      const another = await send(`POST ${cm}`, { body: secret })
      expect(another).toMatchObject(failure(400, "BadRequest", "cannot be handled as a ConfigMap"))
      const version = await send(`POST ${cm}`, { body: { ...mapNamed("a"), apiVersion: "v2" } })
      expect(version).toMatchObject(failure(400, "BadRequest", "cannot be handled as a ConfigMap"))
      const bare = await send(`POST ${cm}`, { body: { metadata: { name: "a" } } })
      expect(bare).toMatchObject({ status: 201, body: { apiVersion: "v1", kind: "ConfigMap" } })
      const number = await send(`POST ${cm}`, { body: mapNamed("b", { data: { a: 1 } }) })
      expect(number).toMatchObject(failure(400, "BadRequest", "cannot unmarshal number"))
    },
  },
  {
    name: "16: bodies, annotations and data have an end",
    async run({ send, cm }) {
      const huge = mapNamed("a", { data: { k: "x".repeat(3_200_000) } })
      expect(await send(`POST ${cm}`, { body: huge })).toMatchObject(
        failure(413, "RequestEntityTooLarge", "limit is 3145728"),
      )
      const annotations = { k: "x".repeat(262_145) }
      const noted = await send(`POST ${cm}`, { body: mapNamed("a", { metadata: { annotations } }) })
      expect(noted).toMatchObject(failure(422, "Invalid"))
      expect(causesOf(noted)).toEqual(["metadata.annotations: FieldValueTooLong"])
      const large = mapNamed("a", { data: { k: "x".repeat(1_048_577) } })
      const refused = await send(`POST ${cm}`, { body: large })
      expect(refused).toMatchObject(failure(422, "Invalid"))
      expect(causesOf(refused)).toEqual(["[]: FieldValueTooLong"])
    },
  },
  {
    name: "17: a body says no other namespace than its path",
    async run({ send, cm }) {
      const body = mapNamed("a", { metadata: { namespace: "elsewhere" } })
      const message = "the namespace of the provided object does not match the namespace sent on"
      expect(await send(`POST ${cm}`, { body })).toMatchObject(failure(400, "BadRequest", message))
    },
  },
  {
    name: "18, 19: a name is one, or is to be made",
    async run({ send, cm }) {
      const bad = await send(`POST ${cm}`, { body: mapNamed("A_b") })
      expect(bad).toMatchObject(
        failure(422, "Invalid", 'ConfigMap "A_b" is invalid: metadata.name'),
      )
      expect(causesOf(bad)).toEqual(["metadata.name: FieldValueInvalid"])
      expect(bad.body.details).toMatchObject({ kind: "ConfigMap", name: "A_b" })
      const none = await send(`POST ${cm}`, { body: { metadata: {} } })
      const message = "name or generateName is required"
      expect(none).toMatchObject(failure(422, "Invalid", message))
      expect(causesOf(none)).toEqual(["metadata.name: FieldValueRequired"])
    },
  },
  {
    name: "20: every mistake of a pod is told, in the order of its fields; a bad quantity is unreadable",
    async run({ send, po }) {
      const container = {
        name: "A_b",
        ports: [{ containerPort: 70_000 }],
        env: [{ name: "" }],
        volumeMounts: [{ name: "absent", mountPath: "/x" }],
        imagePullPolicy: "Sometimes",
      }
      const spec = { containers: [container], restartPolicy: "Perhaps", dnsPolicy: "Perhaps" }
      const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec }
      const answer = await send(`POST ${po}`, { body: pod })
      expect(answer).toMatchObject(failure(422, "Invalid"))
      expect(causesOf(answer)).toEqual([
        "spec.containers[0].name: FieldValueInvalid",
        "spec.containers[0].image: FieldValueRequired",
        "spec.containers[0].ports[0].containerPort: FieldValueInvalid",
        "spec.containers[0].env[0].name: FieldValueRequired",
        "spec.containers[0].volumeMounts[0].name: FieldValueNotFound",
        "spec.containers[0].imagePullPolicy: FieldValueNotSupported",
        "spec.restartPolicy: FieldValueNotSupported",
        "spec.dnsPolicy: FieldValueNotSupported",
      ])
      const resources = { requests: { cpu: "1x" } }
      const containers = [{ name: "a", image: "app:1", resources }]
      const body = { ...pod, spec: { containers } }
      const unreadable = await send(`POST ${po}`, { body })
      expect(unreadable).toMatchObject(failure(400, "BadRequest", "quantities must match"))
    },
  },
]
