import { expect, test } from "vitest"
import { firstAt } from "./column-path.js"

const object = {
  spec: {
    size: 3,
    items: ["a", "b"],
    ports: [
      { name: "web", port: 80 },
      { name: "tls", port: 443 },
    ],
  },
  metadata: { labels: { "app.kubernetes.io/name": "x" } },
  status: {
    conditions: [
      { type: "Synced", status: "True" },
      { type: "Ready", status: "False" },
    ],
  },
}

test.each([
  [".spec.size", 3],
  ["{.spec.size}", 3],
  [".spec.items[1]", "b"],
  [".spec.items[-1]", "b"],
  [".spec.items[5]", undefined],
  [".spec.ports[*].port", 80],
  ['.spec.ports[?(@.name=="tls")].port', 443],
  [".spec.ports[?(@.name == 'tls')].port", 443],
  [".spec.ports[?(@.port==443)].name", "tls"],
  ['.status.conditions[?(@.type=="Ready")].status', "False"],
  ['.status.conditions[?(@.type!="Ready")].type', "Synced"],
  [".metadata.labels.app\\.kubernetes\\.io/name", "x"],
  [".metadata.labels['app.kubernetes.io/name']", "x"],
  [".spec.absent.deeper", undefined],
  [".spec.size.deeper", undefined],
  [".spec.items[", undefined],
  [".spec[?(@.a<3)]", undefined],
  ["..size", undefined],
  [".constructor.name", undefined],
])("%s", (path, expected) => {
  expect(firstAt(object, path)).toEqual(expected)
})
