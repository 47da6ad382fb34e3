import { type Default, withDefaults, withItems, withNested } from "./fill.js"

const rule: Default = (each) => withDefaults(each, { scope: "*" })

const webhook: Default = (each) => {
  const filled = withDefaults(each, {
    failurePolicy: "Fail",
    matchPolicy: "Equivalent",
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
  })
  const called = withNested(filled, "clientConfig", (config) =>
    withNested(config, "service", (service) => withDefaults(service, { port: 443 })),
  )
  return withItems(called, "rules", rule)
}

/** What validating webhooks are unless they say otherwise. */
export const validatingWebhooks: Default = (object) => withItems(object, "webhooks", webhook)

/** What mutating webhooks are unless they say otherwise. */
export const mutatingWebhooks: Default = (object) =>
  withItems(object, "webhooks", (each) =>
    withDefaults(webhook(each), { reinvocationPolicy: "Never" }),
  )

const constraints: Default = (given) => {
  const selected = { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} }
  const filled = withItems(withDefaults(given, selected), "resourceRules", rule)
  return withItems(filled, "excludeResourceRules", rule)
}

/** What an admission policy is unless it says otherwise. */
export const admissionPolicySpec: Default = (spec) =>
  withNested(withDefaults(spec, { failurePolicy: "Fail" }), "matchConstraints", constraints)

/** What the binding of an admission policy matches unless it says otherwise. */
export const policyBindingSpec: Default = (spec) => withNested(spec, "matchResources", constraints)
