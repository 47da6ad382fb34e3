import { argocdUpdateStep } from "./argocd-step.js"
import { copyStep, deleteStep, yamlUpdateStep } from "./file-steps.js"
import { gitClearStep, gitCloneStep, gitCommitStep, gitPushStep } from "./git-steps.js"
import { httpStep } from "./http-step.js"
import { composeOutputStep, failStep, setMetadataStep } from "./status-steps.js"
import type { StepRunners } from "./step.js"

/** The steps of upstream that are built. */
export const standardSteps: StepRunners = {
  "argocd-update": argocdUpdateStep,
  "compose-output": composeOutputStep,
  copy: copyStep,
  delete: deleteStep,
  fail: failStep,
  "git-clear": gitClearStep,
  "git-clone": gitCloneStep,
  "git-commit": gitCommitStep,
  "git-push": gitPushStep,
  http: httpStep,
  "set-metadata": setMetadataStep,
  "yaml-update": yamlUpdateStep,
}
