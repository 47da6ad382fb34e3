/**
 * Builders and fakes for tests of delivery with applications.
 *
 * @packageDocumentation
 */
import type { UntypedObject } from "@argo-ts/kernel"
import type { Application, ApplicationSpec } from "../api/application.js"

export { type MemorySource, memorySource } from "../sources/memory-source.js"

/** An automated application in namespace `argocd`; `spec` overrides any part. */
export function applicationFixture(name: string, spec: Partial<ApplicationSpec> = {}): Application {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: "argocd" },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/shop.git", path: "." },
      destination: { server: "https://kubernetes.default.svc", namespace: "shop" },
      syncPolicy: { automated: { prune: true, selfHeal: true } },
      ...spec,
    },
  }
}

/** A ConfigMap that says `value`; `annotations` make it a hook or give it a wave. */
export function configMapFixture(
  name: string,
  value: string,
  annotations: { readonly [key: string]: string } = {},
): UntypedObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, annotations }, data: { value } }
}
