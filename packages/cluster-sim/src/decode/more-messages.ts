/**
 * Messages that kubectl never sends as protobuf, beside those of `http/data/proto.gen.ts`: facts of the Kubernetes API.
 * A field reads `name/flags type`; `*` is any JSON. The flags are those of the other table.
 */
const meta = "metadata meta.v1.ObjectMeta"
const simpleConditions = "conditions/r apps.v1.DeploymentCondition"

export const moreRoots: { readonly [kind: string]: string } = {
  "v1/Pod": "core.v1.Pod",
  "v1/Node": "core.v1.Node",
  "v1/PersistentVolume": "core.v1.PersistentVolume",
  "v1/PersistentVolumeClaim": "core.v1.PersistentVolumeClaim",
  "v1/Event": "core.v1.Event",
  "v1/Endpoints": "core.v1.Endpoints",
  "v1/LimitRange": "core.v1.LimitRange",
  "apps/v1/ReplicaSet": "apps.v1.ReplicaSet",
  "apps/v1/StatefulSet": "apps.v1.StatefulSet",
  "apps/v1/DaemonSet": "apps.v1.DaemonSet",
  "apps/v1/ControllerRevision": "apps.v1.ControllerRevision",
  "storage.k8s.io/v1/StorageClass": "storage.v1.StorageClass",
  "networking.k8s.io/v1/NetworkPolicy": "networking.v1.NetworkPolicy",
  "networking.k8s.io/v1/IngressClass": "networking.v1.IngressClass",
  "coordination.k8s.io/v1/Lease": "coordination.v1.Lease",
  "discovery.k8s.io/v1/EndpointSlice": "discovery.v1.EndpointSlice",
}

const core: { readonly [message: string]: string } = {
  "core.v1.Pod": `${meta}, spec core.v1.PodSpec, status core.v1.PodStatus`,
  "core.v1.PodStatus":
    "phase string, conditions/r core.v1.PodCondition, message string, reason string, nominatedNodeName string, hostIP string, hostIPs/r *, podIP string, podIPs/r *, startTime/p meta.v1.Time, initContainerStatuses/r core.v1.ContainerStatus, containerStatuses/r core.v1.ContainerStatus, ephemeralContainerStatuses/r core.v1.ContainerStatus, qosClass string, resize string, resourceClaimStatuses/r *, observedGeneration int64",
  "core.v1.PodCondition":
    "type/z string, status/z string, observedGeneration int64, lastProbeTime meta.v1.Time, lastTransitionTime meta.v1.Time, reason string, message string",
  "core.v1.ContainerStatus":
    "name/z string, state core.v1.ContainerState, lastState core.v1.ContainerState, ready/z bool, restartCount/z int32, image/z string, imageID/z string, containerID string, started/p bool, allocatedResources/m api.resource.Quantity, resources/p core.v1.ResourceRequirements, volumeMounts/r *, user/p *, allocatedResourcesStatus/r *, stopSignal/p string",
  "core.v1.ContainerState":
    "waiting/p core.v1.ContainerStateWaiting, running/p core.v1.ContainerStateRunning, terminated/p core.v1.ContainerStateTerminated",
  "core.v1.ContainerStateWaiting": "reason string, message string",
  "core.v1.ContainerStateRunning": "startedAt meta.v1.Time",
  "core.v1.ContainerStateTerminated":
    "exitCode/z int32, signal int32, reason string, message string, startedAt meta.v1.Time, finishedAt meta.v1.Time, containerID string",
  "core.v1.Node": `${meta}, spec core.v1.NodeSpec, status core.v1.NodeStatus`,
  "core.v1.NodeSpec":
    "podCIDR string, podCIDRs/r string, providerID string, unschedulable bool, taints/r core.v1.Taint, configSource/p *, externalID string",
  "core.v1.Taint": "key/z string, value string, effect/z string, timeAdded/p meta.v1.Time",
  "core.v1.NodeStatus":
    "capacity/m api.resource.Quantity, allocatable/m api.resource.Quantity, phase string, conditions/r core.v1.NodeCondition, addresses/r core.v1.NodeAddress, daemonEndpoints *, nodeInfo *, images/r *, volumesInUse/r string, volumesAttached/r *, config/p *, runtimeHandlers/r *, features/p *",
  "core.v1.NodeCondition":
    "type/z string, status/z string, lastHeartbeatTime meta.v1.Time, lastTransitionTime meta.v1.Time, reason string, message string",
  "core.v1.NodeAddress": "type/z string, address/z string",
  "core.v1.PersistentVolumeClaim": `${meta}, spec core.v1.PersistentVolumeClaimSpec, status core.v1.PersistentVolumeClaimStatus`,
  "core.v1.PersistentVolumeClaimStatus":
    "phase string, accessModes/r string, capacity/m api.resource.Quantity, conditions/r *, allocatedResources/m api.resource.Quantity, allocatedResourceStatuses/m string, currentVolumeAttributesClassName/p string, modifyVolumeStatus/p *",
  "core.v1.PersistentVolume": `${meta}, spec core.v1.PersistentVolumeSpec, status core.v1.PersistentVolumeStatus`,
  "core.v1.PersistentVolumeSpec":
    "capacity/m api.resource.Quantity, hostPath/p core.v1.HostPathVolumeSource, nfs/p core.v1.NFSVolumeSource, fc/p core.v1.FCVolumeSource, flocker/p core.v1.FlockerVolumeSource, gcePersistentDisk/p core.v1.GCEPersistentDiskVolumeSource, awsElasticBlockStore/p core.v1.AWSElasticBlockStoreVolumeSource, vsphereVolume/p core.v1.VsphereVirtualDiskVolumeSource, quobyte/p core.v1.QuobyteVolumeSource, azureDisk/p core.v1.AzureDiskVolumeSource, photonPersistentDisk/p core.v1.PhotonPersistentDiskVolumeSource, portworxVolume/p core.v1.PortworxVolumeSource, glusterfs/p *, rbd/p *, iscsi/p *, cinder/p *, cephfs/p *, flexVolume/p *, azureFile/p *, scaleIO/p *, storageos/p *, csi/p *, local/p core.v1.LocalVolumeSource, accessModes/r string, claimRef/p core.v1.ObjectReference, persistentVolumeReclaimPolicy string, storageClassName string, mountOptions/r string, volumeMode/p string, nodeAffinity/p core.v1.VolumeNodeAffinity, volumeAttributesClassName/p string",
  "core.v1.LocalVolumeSource": "path/z string, fsType/p string",
  "core.v1.VolumeNodeAffinity": "required/p core.v1.NodeSelector",
  "core.v1.PersistentVolumeStatus":
    "phase string, message string, reason string, lastPhaseTransitionTime/p meta.v1.Time",
  "core.v1.Event": `${meta}, involvedObject/z core.v1.ObjectReference, reason string, message string, source core.v1.EventSource, firstTimestamp meta.v1.Time, lastTimestamp meta.v1.Time, count int32, type string, eventTime meta.v1.MicroTime, series/p core.v1.EventSeries, action string, related/p core.v1.ObjectReference, reportingComponent/z string, reportingInstance/z string`,
  "core.v1.EventSource": "component string, host string",
  "core.v1.EventSeries": "count int32, lastObservedTime meta.v1.MicroTime",
  "core.v1.Endpoints": `${meta}, subsets/r core.v1.EndpointSubset`,
  "core.v1.EndpointSubset":
    "addresses/r core.v1.EndpointAddress, notReadyAddresses/r core.v1.EndpointAddress, ports/r core.v1.EndpointPort",
  "core.v1.EndpointAddress":
    "ip/z string, hostname string, nodeName/p string, targetRef/p core.v1.ObjectReference",
  "core.v1.EndpointPort": "name string, port/z int32, protocol string, appProtocol/p string",
  "core.v1.LimitRange": `${meta}, spec core.v1.LimitRangeSpec`,
  "core.v1.LimitRangeSpec": "limits/rz core.v1.LimitRangeItem",
  "core.v1.LimitRangeItem":
    "type/z string, max/m api.resource.Quantity, min/m api.resource.Quantity, default/m api.resource.Quantity, defaultRequest/m api.resource.Quantity, maxLimitRequestRatio/m api.resource.Quantity",
}

const apps: { readonly [message: string]: string } = {
  "apps.v1.ReplicaSet": `${meta}, spec apps.v1.ReplicaSetSpec, status apps.v1.ReplicaSetStatus`,
  "apps.v1.ReplicaSetSpec":
    "replicas/p int32, minReadySeconds int32, selector/pz meta.v1.LabelSelector, template core.v1.PodTemplateSpec",
  "apps.v1.ReplicaSetStatus": `replicas/z int32, fullyLabeledReplicas int32, readyReplicas int32, availableReplicas int32, terminatingReplicas/p int32, observedGeneration int64, ${simpleConditions}`,
  "apps.v1.StatefulSet": `${meta}, spec apps.v1.StatefulSetSpec, status apps.v1.StatefulSetStatus`,
  "apps.v1.StatefulSetSpec":
    "replicas/p int32, selector/pz meta.v1.LabelSelector, template/z core.v1.PodTemplateSpec, volumeClaimTemplates/r core.v1.PersistentVolumeClaim, serviceName/z string, podManagementPolicy string, updateStrategy apps.v1.StatefulSetUpdateStrategy, revisionHistoryLimit/p int32, minReadySeconds int32, persistentVolumeClaimRetentionPolicy/p apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy, ordinals/p apps.v1.StatefulSetOrdinals",
  "apps.v1.StatefulSetUpdateStrategy":
    "type string, rollingUpdate/p apps.v1.RollingUpdateStatefulSetStrategy",
  "apps.v1.RollingUpdateStatefulSetStrategy":
    "partition/p int32, maxUnavailable/p util.intstr.IntOrString",
  "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy":
    "whenDeleted string, whenScaled string",
  "apps.v1.StatefulSetOrdinals": "start/z int32",
  "apps.v1.StatefulSetStatus": `observedGeneration int64, replicas/z int32, readyReplicas int32, currentReplicas int32, updatedReplicas int32, currentRevision string, updateRevision string, collisionCount/p int32, availableReplicas/z int32, ${simpleConditions}`,
  "apps.v1.DaemonSet": `${meta}, spec apps.v1.DaemonSetSpec, status apps.v1.DaemonSetStatus`,
  "apps.v1.DaemonSetSpec":
    "selector/pz meta.v1.LabelSelector, template/z core.v1.PodTemplateSpec, updateStrategy apps.v1.DaemonSetUpdateStrategy, minReadySeconds int32, revisionHistoryLimit/p int32",
  "apps.v1.DaemonSetUpdateStrategy": "type string, rollingUpdate/p apps.v1.RollingUpdateDaemonSet",
  "apps.v1.RollingUpdateDaemonSet":
    "maxUnavailable/p util.intstr.IntOrString, maxSurge/p util.intstr.IntOrString",
  "apps.v1.DaemonSetStatus": `currentNumberScheduled/z int32, numberMisscheduled/z int32, desiredNumberScheduled/z int32, numberReady/z int32, observedGeneration int64, updatedNumberScheduled int32, numberAvailable int32, numberUnavailable int32, collisionCount/p int32, ${simpleConditions}`,
  "apps.v1.ControllerRevision": `${meta}, data *, revision/z int64`,
}

const others: { readonly [message: string]: string } = {
  "storage.v1.StorageClass": `${meta}, provisioner/z string, parameters/m string, reclaimPolicy/p string, mountOptions/r string, allowVolumeExpansion/p bool, volumeBindingMode/p string, allowedTopologies/r *`,
  "networking.v1.NetworkPolicy": `${meta}, spec networking.v1.NetworkPolicySpec`,
  "networking.v1.NetworkPolicySpec":
    "podSelector/z meta.v1.LabelSelector, ingress/r networking.v1.NetworkPolicyIngressRule, egress/r networking.v1.NetworkPolicyEgressRule, policyTypes/r string",
  "networking.v1.NetworkPolicyIngressRule":
    "ports/r networking.v1.NetworkPolicyPort, from/r networking.v1.NetworkPolicyPeer",
  "networking.v1.NetworkPolicyEgressRule":
    "ports/r networking.v1.NetworkPolicyPort, to/r networking.v1.NetworkPolicyPeer",
  "networking.v1.NetworkPolicyPort":
    "protocol/p string, port/p util.intstr.IntOrString, endPort/p int32",
  "networking.v1.NetworkPolicyPeer":
    "podSelector/p meta.v1.LabelSelector, namespaceSelector/p meta.v1.LabelSelector, ipBlock/p networking.v1.IPBlock",
  "networking.v1.IPBlock": "cidr/z string, except/r string",
  "networking.v1.IngressClass": `${meta}, spec networking.v1.IngressClassSpec`,
  "networking.v1.IngressClassSpec":
    "controller string, parameters/p networking.v1.IngressClassParametersReference",
  "networking.v1.IngressClassParametersReference":
    "apiGroup/p string, kind/z string, name/z string, scope/p string, namespace/p string",
  "coordination.v1.Lease": `${meta}, spec coordination.v1.LeaseSpec`,
  "coordination.v1.LeaseSpec":
    "holderIdentity/p string, leaseDurationSeconds/p int32, acquireTime/p meta.v1.MicroTime, renewTime/p meta.v1.MicroTime, leaseTransitions/p int32, strategy/p string, preferredHolder/p string",
  "discovery.v1.EndpointSlice": `${meta}, addressType/z string, endpoints/rz discovery.v1.Endpoint, ports/rz discovery.v1.EndpointPort`,
  "discovery.v1.Endpoint":
    "addresses/rz string, conditions discovery.v1.EndpointConditions, hostname/p string, targetRef/p core.v1.ObjectReference, deprecatedTopology/m string, nodeName/p string, zone/p string, hints/p *",
  "discovery.v1.EndpointConditions": "ready/p bool, serving/p bool, terminating/p bool",
  "discovery.v1.EndpointPort":
    "name/p string, protocol/p string, port/p int32, appProtocol/p string",
}

export const moreMessages: { readonly [message: string]: string } = { ...core, ...apps, ...others }
