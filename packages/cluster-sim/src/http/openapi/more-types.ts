/**
 * Types of kinds that no request of kubectl carries as protobuf, in a notation of our own: facts of the Kubernetes API
 * (1.32), see NOTICE. A type is its fields, apart by spaces: `name:Type`, `name:Type[]` a list, `name:Type{}` a map of texts
 * to that, `name!:Type` one that has to be there. Types without a group are of the group of the type they stand in, `o`, `m`,
 * `c`, `T`, `Q` and `I` are short for ObjectMeta, the groups `meta.v1` and `core.v1`, Time, Quantity and IntOrString.
 */
export const moreTypes: { readonly [name: string]: string } = {
  "core.v1.Pod": "metadata:o spec:PodSpec status:PodStatus",
  "core.v1.PodStatus":
    "observedGeneration:int64 phase:string conditions:PodCondition[] message:string reason:string nominatedNodeName:string hostIP:string hostIPs:HostIP[] podIP:string podIPs:PodIP[] startTime:T initContainerStatuses:ContainerStatus[] containerStatuses:ContainerStatus[] qosClass:string ephemeralContainerStatuses:ContainerStatus[] resize:string resourceClaimStatuses:PodResourceClaimStatus[]",
  "core.v1.PodCondition":
    "type!:string status!:string lastProbeTime:T lastTransitionTime:T reason:string message:string observedGeneration:int64",
  "core.v1.HostIP": "ip!:string",
  "core.v1.PodIP": "ip!:string",
  "core.v1.PodResourceClaimStatus": "name!:string resourceClaimName:string",
  "core.v1.ContainerStatus":
    "name!:string state:ContainerState lastState:ContainerState ready!:bool restartCount!:int32 image!:string imageID!:string containerID:string started:bool allocatedResources:Q{} resources:ResourceRequirements volumeMounts:VolumeMountStatus[]",
  "core.v1.VolumeMountStatus":
    "name!:string mountPath!:string readOnly:bool recursiveReadOnly:string",
  "core.v1.ContainerState":
    "waiting:ContainerStateWaiting running:ContainerStateRunning terminated:ContainerStateTerminated",
  "core.v1.ContainerStateWaiting": "reason:string message:string",
  "core.v1.ContainerStateRunning": "startedAt:T",
  "core.v1.ContainerStateTerminated":
    "exitCode!:int32 signal:int32 reason:string message:string startedAt:T finishedAt:T containerID:string",
  "core.v1.PodTemplate": "metadata:o template:PodTemplateSpec",
  "core.v1.ReplicationController":
    "metadata:o spec:ReplicationControllerSpec status:ReplicationControllerStatus",
  "core.v1.ReplicationControllerSpec":
    "replicas:int32 minReadySeconds:int32 selector:string{} template:PodTemplateSpec",
  "core.v1.ReplicationControllerStatus":
    "replicas!:int32 fullyLabeledReplicas:int32 readyReplicas:int32 availableReplicas:int32 observedGeneration:int64 conditions:ReplicationControllerCondition[]",
  "core.v1.ReplicationControllerCondition":
    "type!:string status!:string lastTransitionTime:T reason:string message:string",
  "core.v1.Node": "metadata:o spec:NodeSpec status:NodeStatus",
  "core.v1.NodeSpec":
    "podCIDR:string podCIDRs:string[] providerID:string unschedulable:bool taints:Taint[] configSource:NodeConfigSource externalID:string",
  "core.v1.NodeConfigSource": "configMap:ConfigMapNodeConfigSource",
  "core.v1.ConfigMapNodeConfigSource":
    "namespace!:string name!:string uid:string resourceVersion:string kubeletConfigKey!:string",
  "core.v1.Taint": "key!:string value:string effect!:string timeAdded:T",
  "core.v1.NodeStatus":
    "capacity:Q{} allocatable:Q{} phase:string conditions:NodeCondition[] addresses:NodeAddress[] daemonEndpoints:NodeDaemonEndpoints nodeInfo:NodeSystemInfo images:ContainerImage[] volumesInUse:string[] volumesAttached:AttachedVolume[] runtimeHandlers:NodeRuntimeHandler[] features:NodeFeatures",
  "core.v1.NodeCondition":
    "type!:string status!:string lastHeartbeatTime:T lastTransitionTime:T reason:string message:string",
  "core.v1.NodeAddress": "type!:string address!:string",
  "core.v1.NodeDaemonEndpoints": "kubeletEndpoint:DaemonEndpoint",
  "core.v1.DaemonEndpoint": "Port!:int32",
  "core.v1.NodeSystemInfo":
    "machineID!:string systemUUID!:string bootID!:string kernelVersion!:string osImage!:string containerRuntimeVersion!:string kubeletVersion!:string kubeProxyVersion!:string operatingSystem!:string architecture!:string",
  "core.v1.ContainerImage": "names:string[] sizeBytes:int64",
  "core.v1.AttachedVolume": "name!:string devicePath!:string",
  "core.v1.NodeRuntimeHandler": "name:string features:NodeRuntimeHandlerFeatures",
  "core.v1.NodeRuntimeHandlerFeatures": "recursiveReadOnlyMounts:bool userNamespaces:bool",
  "core.v1.NodeFeatures": "supplementalGroupsPolicy:bool",
  "core.v1.PersistentVolume": "metadata:o spec:PersistentVolumeSpec status:PersistentVolumeStatus",
  "core.v1.PersistentVolumeSpec":
    "capacity:Q{} accessModes:string[] claimRef:ObjectReference persistentVolumeReclaimPolicy:string storageClassName:string mountOptions:string[] volumeMode:string nodeAffinity:VolumeNodeAffinity volumeAttributesClassName:string hostPath:HostPathVolumeSource local:LocalVolumeSource nfs:NFSVolumeSource csi:CSIPersistentVolumeSource fc:FCVolumeSource",
  "core.v1.VolumeNodeAffinity": "required:NodeSelector",
  "core.v1.LocalVolumeSource": "path!:string fsType:string",
  "core.v1.CSIPersistentVolumeSource":
    "driver!:string volumeHandle!:string readOnly:bool fsType:string volumeAttributes:string{} controllerPublishSecretRef:SecretReference nodeStageSecretRef:SecretReference nodePublishSecretRef:SecretReference controllerExpandSecretRef:SecretReference nodeExpandSecretRef:SecretReference",
  "core.v1.SecretReference": "name:string namespace:string",
  "core.v1.PersistentVolumeStatus":
    "phase:string message:string reason:string lastPhaseTransitionTime:T",
  "core.v1.PersistentVolumeClaim":
    "metadata:o spec:PersistentVolumeClaimSpec status:PersistentVolumeClaimStatus",
  "core.v1.PersistentVolumeClaimStatus":
    "phase:string accessModes:string[] capacity:Q{} conditions:PersistentVolumeClaimCondition[] allocatedResources:Q{} allocatedResourceStatuses:string{} currentVolumeAttributesClassName:string modifyVolumeStatus:ModifyVolumeStatus",
  "core.v1.PersistentVolumeClaimCondition":
    "type!:string status!:string lastProbeTime:T lastTransitionTime:T reason:string message:string",
  "core.v1.ModifyVolumeStatus": "targetVolumeAttributesClassName:string status!:string",
  "core.v1.Endpoints": "metadata:o subsets:EndpointSubset[]",
  "core.v1.EndpointSubset":
    "addresses:EndpointAddress[] notReadyAddresses:EndpointAddress[] ports:EndpointPort[]",
  "core.v1.EndpointAddress": "ip!:string hostname:string nodeName:string targetRef:ObjectReference",
  "core.v1.EndpointPort": "name:string port!:int32 protocol:string appProtocol:string",
  "core.v1.Event":
    "metadata!:o involvedObject!:ObjectReference reason:string message:string source:EventSource firstTimestamp:T lastTimestamp:T count:int32 type:string eventTime:T series:EventSeries action:string related:ObjectReference reportingComponent:string reportingInstance:string",
  "core.v1.EventSource": "component:string host:string",
  "core.v1.EventSeries": "count:int32 lastObservedTime:T",
  "core.v1.LimitRange": "metadata:o spec:LimitRangeSpec",
  "core.v1.LimitRangeSpec": "limits!:LimitRangeItem[]",
  "core.v1.LimitRangeItem":
    "type!:string max:Q{} min:Q{} default:Q{} defaultRequest:Q{} maxLimitRequestRatio:Q{}",
  "apps.v1.ReplicaSet": "metadata:o spec:ReplicaSetSpec status:ReplicaSetStatus",
  "apps.v1.ReplicaSetSpec":
    "replicas:int32 minReadySeconds:int32 selector!:m.LabelSelector template:c.PodTemplateSpec",
  "apps.v1.ReplicaSetStatus":
    "replicas!:int32 fullyLabeledReplicas:int32 readyReplicas:int32 availableReplicas:int32 observedGeneration:int64 conditions:ReplicaSetCondition[]",
  "apps.v1.ReplicaSetCondition":
    "type!:string status!:string lastTransitionTime:T reason:string message:string",
  "apps.v1.StatefulSet": "metadata:o spec:StatefulSetSpec status:StatefulSetStatus",
  "apps.v1.StatefulSetSpec":
    "replicas:int32 selector!:m.LabelSelector template!:c.PodTemplateSpec volumeClaimTemplates:c.PersistentVolumeClaim[] serviceName:string podManagementPolicy:string updateStrategy:StatefulSetUpdateStrategy revisionHistoryLimit:int32 minReadySeconds:int32 persistentVolumeClaimRetentionPolicy:StatefulSetPersistentVolumeClaimRetentionPolicy ordinals:StatefulSetOrdinals",
  "apps.v1.StatefulSetUpdateStrategy": "type:string rollingUpdate:RollingUpdateStatefulSetStrategy",
  "apps.v1.RollingUpdateStatefulSetStrategy": "partition:int32 maxUnavailable:I",
  "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy": "whenDeleted:string whenScaled:string",
  "apps.v1.StatefulSetOrdinals": "start:int32",
  "apps.v1.StatefulSetStatus":
    "observedGeneration:int64 replicas!:int32 readyReplicas:int32 currentReplicas:int32 updatedReplicas:int32 currentRevision:string updateRevision:string collisionCount:int32 conditions:StatefulSetCondition[] availableReplicas:int32",
  "apps.v1.StatefulSetCondition":
    "type!:string status!:string lastTransitionTime:T reason:string message:string",
  "apps.v1.DaemonSet": "metadata:o spec:DaemonSetSpec status:DaemonSetStatus",
  "apps.v1.DaemonSetSpec":
    "selector!:m.LabelSelector template!:c.PodTemplateSpec updateStrategy:DaemonSetUpdateStrategy minReadySeconds:int32 revisionHistoryLimit:int32",
  "apps.v1.DaemonSetUpdateStrategy": "type:string rollingUpdate:RollingUpdateDaemonSet",
  "apps.v1.RollingUpdateDaemonSet": "maxUnavailable:I maxSurge:I",
  "apps.v1.DaemonSetStatus":
    "currentNumberScheduled!:int32 numberMisscheduled!:int32 desiredNumberScheduled!:int32 numberReady!:int32 observedGeneration:int64 updatedNumberScheduled:int32 numberAvailable:int32 numberUnavailable:int32 collisionCount:int32 conditions:DaemonSetCondition[]",
  "apps.v1.DaemonSetCondition":
    "type!:string status!:string lastTransitionTime:T reason:string message:string",
  "apps.v1.ControllerRevision": "metadata:o data:any revision!:int64",
  "autoscaling.v1.Scale": "metadata:o spec:ScaleSpec status:ScaleStatus",
  "autoscaling.v1.ScaleSpec": "replicas:int32",
  "autoscaling.v1.ScaleStatus": "replicas!:int32 selector:string",
  "coordination.v1.Lease": "metadata:o spec:LeaseSpec",
  "coordination.v1.LeaseSpec":
    "holderIdentity:string leaseDurationSeconds:int32 acquireTime:T renewTime:T leaseTransitions:int32 strategy:string preferredHolder:string",
  "discovery.v1.EndpointSlice":
    "metadata:o addressType!:string endpoints!:Endpoint[] ports:EndpointPort[]",
  "discovery.v1.Endpoint":
    "addresses!:string[] conditions:EndpointConditions hostname:string targetRef:c.ObjectReference deprecatedTopology:string{} nodeName:string zone:string hints:EndpointHints",
  "discovery.v1.EndpointConditions": "ready:bool serving:bool terminating:bool",
  "discovery.v1.EndpointHints": "forZones:ForZone[]",
  "discovery.v1.ForZone": "name!:string",
  "discovery.v1.EndpointPort": "name:string protocol:string port:int32 appProtocol:string",
  "networking.v1.IngressClass": "metadata:o spec:IngressClassSpec",
  "networking.v1.IngressClassSpec": "controller:string parameters:IngressClassParametersReference",
  "networking.v1.IngressClassParametersReference":
    "apiGroup:string kind!:string name!:string scope:string namespace:string",
  "networking.v1.NetworkPolicy": "metadata:o spec:NetworkPolicySpec",
  "networking.v1.NetworkPolicySpec":
    "podSelector!:m.LabelSelector ingress:NetworkPolicyIngressRule[] egress:NetworkPolicyEgressRule[] policyTypes:string[]",
  "networking.v1.NetworkPolicyIngressRule": "ports:NetworkPolicyPort[] from:NetworkPolicyPeer[]",
  "networking.v1.NetworkPolicyEgressRule": "ports:NetworkPolicyPort[] to:NetworkPolicyPeer[]",
  "networking.v1.NetworkPolicyPort": "protocol:string port:I endPort:int32",
  "networking.v1.NetworkPolicyPeer":
    "podSelector:m.LabelSelector namespaceSelector:m.LabelSelector ipBlock:IPBlock",
  "networking.v1.IPBlock": "cidr!:string except:string[]",
  "storage.v1.StorageClass":
    "metadata:o provisioner!:string parameters:string{} reclaimPolicy:string mountOptions:string[] allowVolumeExpansion:bool volumeBindingMode:string allowedTopologies:c.TopologySelectorTerm[]",
  "core.v1.TopologySelectorTerm": "matchLabelExpressions:TopologySelectorLabelRequirement[]",
  "core.v1.TopologySelectorLabelRequirement": "key!:string values!:string[]",
  "apiextensions.v1.CustomResourceDefinition":
    "metadata:o spec!:CustomResourceDefinitionSpec status:CustomResourceDefinitionStatus",
  "apiextensions.v1.CustomResourceDefinitionSpec":
    "group!:string names!:CustomResourceDefinitionNames scope!:string versions!:CustomResourceDefinitionVersion[] conversion:CustomResourceConversion preserveUnknownFields:bool",
  "apiextensions.v1.CustomResourceDefinitionNames":
    "plural!:string singular:string shortNames:string[] kind!:string listKind:string categories:string[]",
  "apiextensions.v1.CustomResourceDefinitionVersion":
    "name!:string served!:bool storage!:bool deprecated:bool deprecationWarning:string schema:CustomResourceValidation subresources:CustomResourceSubresources additionalPrinterColumns:CustomResourceColumnDefinition[] selectableFields:SelectableField[]",
  "apiextensions.v1.CustomResourceValidation": "openAPIV3Schema:any",
  "apiextensions.v1.CustomResourceSubresources": "status:any scale:CustomResourceSubresourceScale",
  "apiextensions.v1.CustomResourceSubresourceScale":
    "specReplicasPath!:string statusReplicasPath!:string labelSelectorPath:string",
  "apiextensions.v1.CustomResourceColumnDefinition":
    "name!:string type!:string format:string description:string priority:int32 jsonPath!:string",
  "apiextensions.v1.SelectableField": "jsonPath!:string",
  "apiextensions.v1.CustomResourceConversion": "strategy!:string webhook:any",
  "apiextensions.v1.CustomResourceDefinitionStatus":
    "conditions:CustomResourceDefinitionCondition[] acceptedNames:CustomResourceDefinitionNames storedVersions:string[]",
  "apiextensions.v1.CustomResourceDefinitionCondition":
    "type!:string status!:string lastTransitionTime:T reason:string message:string",
  "node.v1.RuntimeClass": "metadata:o handler!:string overhead:any scheduling:any",
}
