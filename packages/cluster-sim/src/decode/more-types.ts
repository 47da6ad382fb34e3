/**
 * Types of kinds that no request of kubectl carries as protobuf, in a notation of our own: facts of the Kubernetes API
 * (1.32), see NOTICE. A type is its fields, apart by spaces: `name:Type`, `name:Type[]` a list, `name:Type{}` a map of texts
 * to that, `name!:Type` one that has to be there. Types without a group are of the group of the type they stand in, `o`, `m`,
 * `c`, `T`, `M`, `Q` and `I` are short for ObjectMeta, the groups `meta.v1` and `core.v1`, Time, MicroTime, Quantity and
 * IntOrString. Behind a slash stand the flags of the other table, `http/data/proto.gen.ts`. What bears a `~` is taken from
 * objects as it is: any JSON; with the flag `o` whatever its form.
 */
export const moreTypes: { readonly [name: string]: string } = {
  "core.v1.Pod": "metadata:o spec:PodSpec status:PodStatus",
  "core.v1.PodStatus":
    "phase:string conditions:PodCondition[] message:string reason:string nominatedNodeName:string hostIP:string hostIPs:HostIP[]~ podIP:string podIPs:PodIP[]~ startTime:T/p initContainerStatuses:ContainerStatus[] containerStatuses:ContainerStatus[] ephemeralContainerStatuses:ContainerStatus[] qosClass:string resize:string resourceClaimStatuses:PodResourceClaimStatus[]~ observedGeneration:int64",
  "core.v1.PodCondition":
    "type!:string/z status!:string/z observedGeneration:int64 lastProbeTime:T lastTransitionTime:T reason:string message:string",
  "core.v1.HostIP": "ip!:string/z",
  "core.v1.PodIP": "ip!:string/z",
  "core.v1.PodResourceClaimStatus": "name!:string/z resourceClaimName:string",
  "core.v1.ContainerStatus":
    "name!:string/z state:ContainerState lastState:ContainerState ready!:bool/z restartCount!:int32/z image!:string/z imageID!:string/z containerID:string started:bool/p allocatedResources:Q{} resources:ResourceRequirements/p volumeMounts:VolumeMountStatus[]~ user:any/p allocatedResourcesStatus:any[] stopSignal:string/p",
  "core.v1.VolumeMountStatus":
    "name!:string/z mountPath!:string/z readOnly:bool recursiveReadOnly:string",
  "core.v1.ContainerState":
    "waiting:ContainerStateWaiting/p running:ContainerStateRunning/p terminated:ContainerStateTerminated/p",
  "core.v1.ContainerStateWaiting": "reason:string message:string",
  "core.v1.ContainerStateRunning": "startedAt:T",
  "core.v1.ContainerStateTerminated":
    "exitCode!:int32/z signal:int32 reason:string message:string startedAt:T finishedAt:T containerID:string",
  "core.v1.PodTemplate": "metadata:o template:PodTemplateSpec",
  "core.v1.ReplicationController":
    "metadata:o spec:ReplicationControllerSpec status:ReplicationControllerStatus",
  "core.v1.ReplicationControllerSpec":
    "replicas:int32/p minReadySeconds:int32 selector:string{} template:PodTemplateSpec/p",
  "core.v1.ReplicationControllerStatus":
    "replicas!:int32/z fullyLabeledReplicas:int32 readyReplicas:int32 availableReplicas:int32 observedGeneration:int64 conditions:ReplicationControllerCondition[]",
  "core.v1.ReplicationControllerCondition":
    "type!:string/z status!:string/z lastTransitionTime:T reason:string message:string",
  "core.v1.Node": "metadata:o spec:NodeSpec status:NodeStatus",
  "core.v1.NodeSpec":
    "podCIDR:string podCIDRs:string[] providerID:string unschedulable:bool taints:Taint[] configSource:NodeConfigSource~/p externalID:string",
  "core.v1.NodeConfigSource": "configMap:ConfigMapNodeConfigSource",
  "core.v1.ConfigMapNodeConfigSource":
    "namespace!:string/z name!:string/z uid:string resourceVersion:string kubeletConfigKey!:string/z",
  "core.v1.Taint": "key!:string/z value:string effect!:string/z timeAdded:T/p",
  "core.v1.NodeStatus":
    "capacity:Q{} allocatable:Q{} phase:string conditions:NodeCondition[] addresses:NodeAddress[] daemonEndpoints:NodeDaemonEndpoints~ nodeInfo:NodeSystemInfo~ images:ContainerImage[]~ volumesInUse:string[] volumesAttached:AttachedVolume[]~ config:any/p runtimeHandlers:NodeRuntimeHandler[]~ features:NodeFeatures~/p",
  "core.v1.NodeCondition":
    "type!:string/z status!:string/z lastHeartbeatTime:T lastTransitionTime:T reason:string message:string",
  "core.v1.NodeAddress": "type!:string/z address!:string/z",
  "core.v1.NodeDaemonEndpoints": "kubeletEndpoint:DaemonEndpoint",
  "core.v1.DaemonEndpoint": "Port!:int32/z",
  "core.v1.NodeSystemInfo":
    "machineID!:string/z systemUUID!:string/z bootID!:string/z kernelVersion!:string/z osImage!:string/z containerRuntimeVersion!:string/z kubeletVersion!:string/z kubeProxyVersion!:string/z operatingSystem!:string/z architecture!:string/z",
  "core.v1.ContainerImage": "names:string[] sizeBytes:int64",
  "core.v1.AttachedVolume": "name!:string/z devicePath!:string/z",
  "core.v1.NodeRuntimeHandler": "name:string features:NodeRuntimeHandlerFeatures",
  "core.v1.NodeRuntimeHandlerFeatures": "recursiveReadOnlyMounts:bool userNamespaces:bool",
  "core.v1.NodeFeatures": "supplementalGroupsPolicy:bool",
  "core.v1.PersistentVolume": "metadata:o spec:PersistentVolumeSpec status:PersistentVolumeStatus",
  "core.v1.PersistentVolumeSpec":
    "capacity:Q{} hostPath:HostPathVolumeSource/p nfs:NFSVolumeSource/p fc:FCVolumeSource/p flocker:FlockerVolumeSource/p gcePersistentDisk:GCEPersistentDiskVolumeSource/p awsElasticBlockStore:AWSElasticBlockStoreVolumeSource/p vsphereVolume:VsphereVirtualDiskVolumeSource/p quobyte:QuobyteVolumeSource/p azureDisk:AzureDiskVolumeSource/p photonPersistentDisk:PhotonPersistentDiskVolumeSource/p portworxVolume:PortworxVolumeSource/p glusterfs:any/p rbd:any/p iscsi:any/p cinder:any/p cephfs:any/p flexVolume:any/p azureFile:any/p scaleIO:any/p storageos:any/p csi:CSIPersistentVolumeSource~/p local:LocalVolumeSource/p accessModes:string[] claimRef:ObjectReference/p persistentVolumeReclaimPolicy:string storageClassName:string mountOptions:string[] volumeMode:string/p nodeAffinity:VolumeNodeAffinity/p volumeAttributesClassName:string/p",
  "core.v1.VolumeNodeAffinity": "required:NodeSelector/p",
  "core.v1.LocalVolumeSource": "path!:string/z fsType:string/p",
  "core.v1.CSIPersistentVolumeSource":
    "driver!:string/z volumeHandle!:string/z readOnly:bool fsType:string volumeAttributes:string{} controllerPublishSecretRef:SecretReference nodeStageSecretRef:SecretReference nodePublishSecretRef:SecretReference controllerExpandSecretRef:SecretReference nodeExpandSecretRef:SecretReference",
  "core.v1.SecretReference": "name:string namespace:string",
  "core.v1.PersistentVolumeStatus":
    "phase:string message:string reason:string lastPhaseTransitionTime:T/p",
  "core.v1.PersistentVolumeClaim":
    "metadata:o spec:PersistentVolumeClaimSpec status:PersistentVolumeClaimStatus",
  "core.v1.PersistentVolumeClaimStatus":
    "phase:string accessModes:string[] capacity:Q{} conditions:PersistentVolumeClaimCondition[]~ allocatedResources:Q{} allocatedResourceStatuses:string{} currentVolumeAttributesClassName:string/p modifyVolumeStatus:ModifyVolumeStatus~/p",
  "core.v1.PersistentVolumeClaimCondition":
    "type!:string/z status!:string/z lastProbeTime:T lastTransitionTime:T reason:string message:string",
  "core.v1.ModifyVolumeStatus": "targetVolumeAttributesClassName:string status!:string/z",
  "core.v1.Endpoints": "metadata:o subsets:EndpointSubset[]",
  "core.v1.EndpointSubset":
    "addresses:EndpointAddress[] notReadyAddresses:EndpointAddress[] ports:EndpointPort[]",
  "core.v1.EndpointAddress":
    "ip!:string/z hostname:string nodeName:string/p targetRef:ObjectReference/p",
  "core.v1.EndpointPort": "name:string port!:int32/z protocol:string appProtocol:string/p",
  "core.v1.Event":
    "metadata!:o involvedObject!:ObjectReference/z reason:string message:string source:EventSource firstTimestamp:T lastTimestamp:T count:int32 type:string eventTime:M series:EventSeries/p action:string related:ObjectReference/p reportingComponent:string/z reportingInstance:string/z",
  "core.v1.EventSource": "component:string host:string",
  "core.v1.EventSeries": "count:int32 lastObservedTime:M",
  "core.v1.LimitRange": "metadata:o spec:LimitRangeSpec",
  "core.v1.LimitRangeSpec": "limits!:LimitRangeItem[]/z",
  "core.v1.LimitRangeItem":
    "type!:string/z max:Q{} min:Q{} default:Q{} defaultRequest:Q{} maxLimitRequestRatio:Q{}",
  "apps.v1.ReplicaSet": "metadata:o spec:ReplicaSetSpec status:ReplicaSetStatus",
  "apps.v1.ReplicaSetSpec":
    "replicas:int32/p minReadySeconds:int32 selector!:m.LabelSelector/pz template:c.PodTemplateSpec",
  "apps.v1.ReplicaSetStatus":
    "replicas!:int32/z fullyLabeledReplicas:int32 readyReplicas:int32 availableReplicas:int32 terminatingReplicas:int32/p observedGeneration:int64 conditions:ReplicaSetCondition[]",
  "apps.v1.ReplicaSetCondition":
    "type!:string/z status!:string/z lastTransitionTime:T reason:string message:string",
  "apps.v1.StatefulSet": "metadata:o spec:StatefulSetSpec status:StatefulSetStatus",
  "apps.v1.StatefulSetSpec":
    "replicas:int32/p selector!:m.LabelSelector/pz template!:c.PodTemplateSpec/z volumeClaimTemplates:c.PersistentVolumeClaim[] serviceName:string/z podManagementPolicy:string updateStrategy:StatefulSetUpdateStrategy revisionHistoryLimit:int32/p minReadySeconds:int32 persistentVolumeClaimRetentionPolicy:StatefulSetPersistentVolumeClaimRetentionPolicy/p ordinals:StatefulSetOrdinals/p",
  "apps.v1.StatefulSetUpdateStrategy":
    "type:string rollingUpdate:RollingUpdateStatefulSetStrategy/p",
  "apps.v1.RollingUpdateStatefulSetStrategy": "partition:int32/p maxUnavailable:I/p",
  "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy": "whenDeleted:string whenScaled:string",
  "apps.v1.StatefulSetOrdinals": "start:int32/z",
  "apps.v1.StatefulSetStatus":
    "observedGeneration:int64 replicas!:int32/z readyReplicas:int32 currentReplicas:int32 updatedReplicas:int32 currentRevision:string updateRevision:string collisionCount:int32/p availableReplicas:int32/z conditions:StatefulSetCondition[]",
  "apps.v1.StatefulSetCondition":
    "type!:string/z status!:string/z lastTransitionTime:T reason:string message:string",
  "apps.v1.DaemonSet": "metadata:o spec:DaemonSetSpec status:DaemonSetStatus",
  "apps.v1.DaemonSetSpec":
    "selector!:m.LabelSelector/pz template!:c.PodTemplateSpec/z updateStrategy:DaemonSetUpdateStrategy minReadySeconds:int32 revisionHistoryLimit:int32/p",
  "apps.v1.DaemonSetUpdateStrategy": "type:string rollingUpdate:RollingUpdateDaemonSet/p",
  "apps.v1.RollingUpdateDaemonSet": "maxUnavailable:I/p maxSurge:I/p",
  "apps.v1.DaemonSetStatus":
    "currentNumberScheduled!:int32/z numberMisscheduled!:int32/z desiredNumberScheduled!:int32/z numberReady!:int32/z observedGeneration:int64 updatedNumberScheduled:int32 numberAvailable:int32 numberUnavailable:int32 collisionCount:int32/p conditions:DaemonSetCondition[]",
  "apps.v1.DaemonSetCondition":
    "type!:string/z status!:string/z lastTransitionTime:T reason:string message:string",
  "apps.v1.ControllerRevision": "metadata:o data:any~ revision!:int64/z",
  "autoscaling.v1.Scale": "metadata:o spec:ScaleSpec status:ScaleStatus",
  "autoscaling.v1.ScaleSpec": "replicas:int32",
  "autoscaling.v1.ScaleStatus": "replicas!:int32/z selector:string",
  "coordination.v1.Lease": "metadata:o spec:LeaseSpec",
  "coordination.v1.LeaseSpec":
    "holderIdentity:string/p leaseDurationSeconds:int32/p acquireTime:M/p renewTime:M/p leaseTransitions:int32/p strategy:string/p preferredHolder:string/p",
  "discovery.v1.EndpointSlice":
    "metadata:o addressType!:string/z endpoints!:Endpoint[]/z ports:EndpointPort[]/z",
  "discovery.v1.Endpoint":
    "addresses!:string[]/z conditions:EndpointConditions hostname:string/p targetRef:c.ObjectReference/p deprecatedTopology:string{} nodeName:string/p zone:string/p hints:EndpointHints~/p",
  "discovery.v1.EndpointConditions": "ready:bool/p serving:bool/p terminating:bool/p",
  "discovery.v1.EndpointHints": "forZones:ForZone[]",
  "discovery.v1.ForZone": "name!:string/z",
  "discovery.v1.EndpointPort": "name:string/p protocol:string/p port:int32/p appProtocol:string/p",
  "networking.v1.IngressClass": "metadata:o spec:IngressClassSpec",
  "networking.v1.IngressClassSpec":
    "controller:string parameters:IngressClassParametersReference/p",
  "networking.v1.IngressClassParametersReference":
    "apiGroup:string/p kind!:string/z name!:string/z scope:string/p namespace:string/p",
  "networking.v1.NetworkPolicy": "metadata:o spec:NetworkPolicySpec",
  "networking.v1.NetworkPolicySpec":
    "podSelector!:m.LabelSelector/z ingress:NetworkPolicyIngressRule[] egress:NetworkPolicyEgressRule[] policyTypes:string[]",
  "networking.v1.NetworkPolicyIngressRule": "ports:NetworkPolicyPort[] from:NetworkPolicyPeer[]",
  "networking.v1.NetworkPolicyEgressRule": "ports:NetworkPolicyPort[] to:NetworkPolicyPeer[]",
  "networking.v1.NetworkPolicyPort": "protocol:string/p port:I/p endPort:int32/p",
  "networking.v1.NetworkPolicyPeer":
    "podSelector:m.LabelSelector/p namespaceSelector:m.LabelSelector/p ipBlock:IPBlock/p",
  "networking.v1.IPBlock": "cidr!:string/z except:string[]",
  "storage.v1.StorageClass":
    "metadata:o provisioner!:string/z parameters:string{} reclaimPolicy:string/p mountOptions:string[] allowVolumeExpansion:bool/p volumeBindingMode:string/p allowedTopologies:c.TopologySelectorTerm[]~",
  "core.v1.TopologySelectorTerm": "matchLabelExpressions:TopologySelectorLabelRequirement[]",
  "core.v1.TopologySelectorLabelRequirement": "key!:string/z values!:string[]",
  "apiextensions.v1.CustomResourceDefinition":
    "metadata:o spec!:CustomResourceDefinitionSpec/z status:CustomResourceDefinitionStatus",
  "apiextensions.v1.CustomResourceDefinitionSpec":
    "group!:string/z names!:CustomResourceDefinitionNames/z scope!:string/z versions!:CustomResourceDefinitionVersion[] conversion:CustomResourceConversion preserveUnknownFields:bool",
  "apiextensions.v1.CustomResourceDefinitionNames":
    "plural!:string/z singular:string shortNames:string[] kind!:string/z listKind:string categories:string[]",
  "apiextensions.v1.CustomResourceDefinitionVersion":
    "name!:string/z served!:bool/z storage!:bool/z deprecated:bool deprecationWarning:string schema:CustomResourceValidation subresources:CustomResourceSubresources additionalPrinterColumns:CustomResourceColumnDefinition[] selectableFields:SelectableField[]",
  "apiextensions.v1.CustomResourceValidation": "openAPIV3Schema:any",
  "apiextensions.v1.CustomResourceSubresources": "status:any scale:CustomResourceSubresourceScale",
  "apiextensions.v1.CustomResourceSubresourceScale":
    "specReplicasPath!:string/z statusReplicasPath!:string/z labelSelectorPath:string",
  "apiextensions.v1.CustomResourceColumnDefinition":
    "name!:string/z type!:string/z format:string description:string priority:int32 jsonPath!:string/z",
  "apiextensions.v1.SelectableField": "jsonPath!:string/z",
  "apiextensions.v1.CustomResourceConversion": "strategy!:string/z webhook:any",
  "apiextensions.v1.CustomResourceDefinitionStatus":
    "conditions:CustomResourceDefinitionCondition[] acceptedNames:CustomResourceDefinitionNames storedVersions:string[]",
  "apiextensions.v1.CustomResourceDefinitionCondition":
    "type!:string/z status!:string/z lastTransitionTime:T reason:string message:string",
  "node.v1.RuntimeClass":
    "metadata:o handler!:string/z overhead:Overhead/p scheduling:Scheduling/p",
  "node.v1.Overhead": "podFixed:Q{}",
  "node.v1.Scheduling": "nodeSelector:string{} tolerations:c.Toleration[]",
  "storage.v1.CSIDriver": "metadata:o spec!:CSIDriverSpec/z",
  "storage.v1.CSIDriverSpec":
    "attachRequired:bool/p podInfoOnMount:bool/p volumeLifecycleModes:string[] storageCapacity:bool/p fsGroupPolicy:string/p tokenRequests:TokenRequest[] requiresRepublish:bool/p seLinuxMount:bool/p",
  "storage.v1.TokenRequest": "audience!:string/z expirationSeconds:int64/p",
  "admissionregistration.v1.MutatingWebhookConfiguration": "metadata:o webhooks:MutatingWebhook[]",
  "admissionregistration.v1.MutatingWebhook":
    "name!:string/z clientConfig!:WebhookClientConfig/z rules:RuleWithOperations[] failurePolicy:string/p matchPolicy:string/p namespaceSelector:m.LabelSelector/p objectSelector:m.LabelSelector/p sideEffects:string/pz timeoutSeconds:int32/p admissionReviewVersions!:string[]/z reinvocationPolicy:string/p matchConditions:MatchCondition[]",
  "admissionregistration.v1.ValidatingWebhookConfiguration":
    "metadata:o webhooks:ValidatingWebhook[]",
  "admissionregistration.v1.ValidatingWebhook":
    "name!:string/z clientConfig!:WebhookClientConfig/z rules:RuleWithOperations[] failurePolicy:string/p matchPolicy:string/p namespaceSelector:m.LabelSelector/p objectSelector:m.LabelSelector/p sideEffects:string/pz timeoutSeconds:int32/p admissionReviewVersions!:string[]/z matchConditions:MatchCondition[]",
  "admissionregistration.v1.WebhookClientConfig":
    "url:string/p service:ServiceReference/p caBundle:bytes",
  "admissionregistration.v1.ServiceReference":
    "namespace!:string/z name!:string/z path:string/p port:int32/p",
  "admissionregistration.v1.RuleWithOperations":
    "operations:string[] apiGroups:string[] apiVersions:string[] resources:string[] scope:string/p",
  "admissionregistration.v1.NamedRuleWithOperations":
    "resourceNames:string[] operations:string[] apiGroups:string[] apiVersions:string[] resources:string[] scope:string/p",
  "admissionregistration.v1.MatchCondition": "name!:string/z expression!:string/z",
  "admissionregistration.v1.ValidatingAdmissionPolicy":
    "metadata:o spec:ValidatingAdmissionPolicySpec status:ValidatingAdmissionPolicyStatus",
  "admissionregistration.v1.ValidatingAdmissionPolicySpec":
    "paramKind:ParamKind/p matchConstraints:MatchResources/p validations:Validation[] failurePolicy:string/p auditAnnotations:AuditAnnotation[] matchConditions:MatchCondition[] variables:Variable[]",
  "admissionregistration.v1.ParamKind": "apiVersion:string kind:string",
  "admissionregistration.v1.MatchResources":
    "namespaceSelector:m.LabelSelector/p objectSelector:m.LabelSelector/p resourceRules:NamedRuleWithOperations[] excludeResourceRules:NamedRuleWithOperations[] matchPolicy:string/p",
  "admissionregistration.v1.Validation":
    "expression!:string/z message:string reason:string/p messageExpression:string",
  "admissionregistration.v1.AuditAnnotation": "key!:string/z valueExpression!:string/z",
  "admissionregistration.v1.Variable": "name!:string/z expression!:string/z",
  "admissionregistration.v1.ValidatingAdmissionPolicyStatus":
    "observedGeneration:int64 typeChecking:any/p conditions:m.Condition[]",
  "admissionregistration.v1.ValidatingAdmissionPolicyBinding":
    "metadata:o spec:ValidatingAdmissionPolicyBindingSpec",
  "admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec":
    "policyName:string paramRef:ParamRef/p matchResources:MatchResources/p validationActions:string[]",
  "admissionregistration.v1.ParamRef":
    "name:string namespace:string selector:m.LabelSelector/p parameterNotFoundAction:string/p",
  "core.v1.ComponentStatus": "metadata:o conditions:ComponentCondition[]",
  "core.v1.ComponentCondition": "type!:string/z status!:string/z message:string error:string",
  "metrics.v1beta1.NodeMetrics": "metadata:o timestamp!:T/z window!:string/z usage!:Q{}/z",
  "metrics.v1beta1.PodMetrics":
    "metadata:o timestamp!:T/z window!:string/z containers!:ContainerMetrics[]/z",
  "metrics.v1beta1.ContainerMetrics": "name!:string/z usage!:Q{}/z",
  "apiregistration.v1.APIService": "metadata:o spec:APIServiceSpec status:APIServiceStatus",
  "apiregistration.v1.APIServiceSpec":
    "service:ServiceReference/p group:string version:string insecureSkipTLSVerify:bool caBundle:bytes groupPriorityMinimum!:int32/z versionPriority!:int32/z",
  "apiregistration.v1.ServiceReference": "namespace:string name:string port:int32/p",
  "apiregistration.v1.APIServiceStatus": "conditions:APIServiceCondition[]",
  "apiregistration.v1.APIServiceCondition":
    "type!:string/z status!:string/z lastTransitionTime:T reason:string message:string",
  "flowcontrol.v1.FlowSchema": "metadata:o spec:FlowSchemaSpec status:FlowSchemaStatus",
  "flowcontrol.v1.FlowSchemaSpec":
    "priorityLevelConfiguration!:PriorityLevelConfigurationReference/z matchingPrecedence!:int32/z distinguisherMethod:FlowDistinguisherMethod/p rules:PolicyRulesWithSubjects[]",
  "flowcontrol.v1.PriorityLevelConfigurationReference": "name!:string/z",
  "flowcontrol.v1.FlowDistinguisherMethod": "type!:string/z",
  "flowcontrol.v1.PolicyRulesWithSubjects":
    "subjects!:Subject[]/z resourceRules:ResourcePolicyRule[] nonResourceRules:NonResourcePolicyRule[]",
  "flowcontrol.v1.Subject":
    "kind!:string/z user:UserSubject/p group:GroupSubject/p serviceAccount:ServiceAccountSubject/p",
  "flowcontrol.v1.UserSubject": "name!:string/z",
  "flowcontrol.v1.GroupSubject": "name!:string/z",
  "flowcontrol.v1.ServiceAccountSubject": "namespace!:string/z name!:string/z",
  "flowcontrol.v1.ResourcePolicyRule":
    "verbs!:string[]/z apiGroups!:string[]/z resources!:string[]/z clusterScope:bool namespaces:string[]",
  "flowcontrol.v1.NonResourcePolicyRule": "verbs!:string[]/z nonResourceURLs!:string[]/z",
  "flowcontrol.v1.FlowSchemaStatus": "conditions:FlowSchemaCondition[]",
  "flowcontrol.v1.FlowSchemaCondition":
    "type:string status:string lastTransitionTime:T reason:string message:string",
  "flowcontrol.v1.PriorityLevelConfiguration":
    "metadata:o spec:PriorityLevelConfigurationSpec status:PriorityLevelConfigurationStatus",
  "flowcontrol.v1.PriorityLevelConfigurationSpec":
    "type!:string/z limited:LimitedPriorityLevelConfiguration/p exempt:ExemptPriorityLevelConfiguration/p",
  "flowcontrol.v1.LimitedPriorityLevelConfiguration":
    "nominalConcurrencyShares:int32/p limitResponse:LimitResponse lendablePercent:int32/p borrowingLimitPercent:int32/p",
  "flowcontrol.v1.ExemptPriorityLevelConfiguration":
    "nominalConcurrencyShares:int32/p lendablePercent:int32/p",
  "flowcontrol.v1.LimitResponse": "type!:string/z queuing:QueuingConfiguration/p",
  "flowcontrol.v1.QueuingConfiguration":
    "queues!:int32/z handSize!:int32/z queueLengthLimit!:int32/z",
  "flowcontrol.v1.PriorityLevelConfigurationStatus":
    "conditions:PriorityLevelConfigurationCondition[]",
  "flowcontrol.v1.PriorityLevelConfigurationCondition":
    "type:string status:string lastTransitionTime:T reason:string message:string",
  "storage.v1.CSINode": "metadata:o spec!:CSINodeSpec/z",
  "storage.v1.CSINodeSpec": "drivers!:CSINodeDriver[]/z",
  "storage.v1.CSINodeDriver":
    "name!:string/z nodeID!:string/z topologyKeys!:string[]/z allocatable:VolumeNodeResources/p",
  "storage.v1.VolumeNodeResources": "count:int32/p",
  "storage.v1.CSIStorageCapacity":
    "metadata:o nodeTopology:m.LabelSelector/p storageClassName!:string/z capacity:Q/p maximumVolumeSize:Q/p",
  "storage.v1.VolumeAttachment":
    "metadata:o spec!:VolumeAttachmentSpec/z status:VolumeAttachmentStatus",
  "storage.v1.VolumeAttachmentSpec":
    "attacher!:string/z source!:VolumeAttachmentSource/z nodeName!:string/z",
  "storage.v1.VolumeAttachmentSource":
    "persistentVolumeName:string/p inlineVolumeSpec:c.PersistentVolumeSpec/p",
  "storage.v1.VolumeAttachmentStatus":
    "attached!:bool/z attachmentMetadata:string{} attachError:VolumeError/p detachError:VolumeError/p",
  "storage.v1.VolumeError": "time:T message:string",
}

/** The types of kinds whose objects are read by them. */
export const moreRoots: { readonly [kind: string]: string } = {
  "v1/Pod": "core.v1.Pod",
  "v1/Node": "core.v1.Node",
  "v1/PodTemplate": "core.v1.PodTemplate",
  "v1/ReplicationController": "core.v1.ReplicationController",
  "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration":
    "admissionregistration.v1.MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy":
    "admissionregistration.v1.ValidatingAdmissionPolicy",
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding":
    "admissionregistration.v1.ValidatingAdmissionPolicyBinding",
  "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration":
    "admissionregistration.v1.ValidatingWebhookConfiguration",
  "node.k8s.io/v1/RuntimeClass": "node.v1.RuntimeClass",
  "apiregistration.k8s.io/v1/APIService": "apiregistration.v1.APIService",
  "flowcontrol.apiserver.k8s.io/v1/FlowSchema": "flowcontrol.v1.FlowSchema",
  "flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration":
    "flowcontrol.v1.PriorityLevelConfiguration",
  "storage.k8s.io/v1/CSIDriver": "storage.v1.CSIDriver",
  "storage.k8s.io/v1/CSINode": "storage.v1.CSINode",
  "storage.k8s.io/v1/CSIStorageCapacity": "storage.v1.CSIStorageCapacity",
  "storage.k8s.io/v1/VolumeAttachment": "storage.v1.VolumeAttachment",
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
