import { createKubeletAgent, type KubeletOptions } from "../kubelet/kubelet.js"
import { createNodeAgent } from "../nodes/nodes.js"
import { createSchedulerAgent } from "../scheduler/scheduler.js"
import type { Agent, AgentBase } from "./agent.js"

/** The agents of a cluster: nodes, scheduler and kubelets. They begin with what is there. */
export function startAgents(base: AgentBase, pods: KubeletOptions): readonly Agent[] {
  const agents = [createNodeAgent(base), createSchedulerAgent(base), createKubeletAgent(base, pods)]
  for (const { rules, object } of base.server.store.everything()) {
    for (const agent of agents) agent.observe({ rules, before: undefined, after: object })
  }
  return agents
}
