package mcproxy.control;

import io.avaje.jsonb.Json;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A daemon's state as the YANG modules ietf-igmp-mld (RFC 8652) and ietf-igmp-mld-proxy (RFC 9398)
 * have it: the nodes of these modules that are filled, and those of the modules that they stand on.
 * What is null or an empty list is left out.
 *
 * <p>Nodes are named as there, in camel case; the JSON (RFC 7951) has hyphens.
 */
@Json(naming = Json.Naming.LowerHyphen)
record YangData(
        @Json.Property("ietf-interfaces:interfaces") Interfaces interfaces,
        @Json.Property("ietf-routing:routing") Routing routing) {
    /** The value of a leaf of the type empty, when it is there (RFC 7951 6.9). */
    static final String EMPTY = "[null]";

    // ---- RFC 8343, RFC 8344 ----

    @Json(naming = Json.Naming.LowerHyphen)
    record Interfaces(@Json.Property("interface") List<Device> devices) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record Device(
            String name,
            String type,
            String operStatus,
            Statistics statistics,
            @Json.Property("ietf-ip:ipv4") @Nullable Ip ipv4,
            @Json.Property("ietf-ip:ipv6") @Nullable Ip ipv6) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record Statistics(String discontinuityTime) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record Ip(@Nullable Integer mtu) {}

    // ---- RFC 8349 ----

    @Json(naming = Json.Naming.LowerHyphen)
    record Routing(ControlPlaneProtocols controlPlaneProtocols) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record ControlPlaneProtocols(List<ControlPlaneProtocol> controlPlaneProtocol) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record ControlPlaneProtocol(
            String type,
            String name,
            @Json.Property("ietf-igmp-mld:igmp") @Nullable Router igmp,
            @Json.Property("ietf-igmp-mld:mld") @Nullable Router mld,
            @Json.Property("ietf-igmp-mld-proxy:igmp-proxy") @Nullable Proxy igmpProxy,
            @Json.Property("ietf-igmp-mld-proxy:mld-proxy") @Nullable Proxy mldProxy) {}

    // ---- RFC 8652: what we are on downstreams ----

    @Json(naming = Json.Naming.LowerHyphen)
    record Router(Global global, Downstreams interfaces) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record Global(int groupsCount, MessageStatistics statistics) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record MessageStatistics(Messages received, Messages sent) {}

    /** Numbers of 64 bits are strings (RFC 7951 6.1). */
    @Json(naming = Json.Naming.LowerHyphen)
    record Messages(String total, String query, String report, String leave) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record Downstreams(@Json.Property("interface") List<Downstream> downstreams) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record Downstream(
            String interfaceName,
            @Nullable Integer version,
            @Nullable Long lastMemberQueryInterval,
            @Nullable Long queryInterval,
            @Nullable Long queryMaxResponseTime,
            @Nullable Integer robustnessVariable,
            @Nullable Boolean requireRouterAlert,
            @Json.Raw @Nullable String immediateLeave,
            @Nullable Integer maxGroups,
            @Nullable Integer maxGroupSources,
            @Json.Raw @Nullable String verifySourceSubnet,
            @Json.Raw @Nullable String explicitTracking,
            @Json.Raw @Nullable String liteExcludeFilter,
            List<SsmMapping> ssmMap,
            List<StaticGroup> staticGroup,
            String operStatus,
            String querier,
            @Json.Property("group") List<ReportedGroup> groups) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record SsmMapping(String ssmMapSourceAddr, String ssmMapGroupPolicy) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record StaticGroup(String groupAddr, String sourceAddr) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record ReportedGroup(
            String groupAddress,
            long expire,
            String filterMode,
            long upTime,
            @Nullable String lastReporter,
            @Json.Property("source") List<ReportedSource> sources) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record ReportedSource(
            String sourceAddress,
            long expire,
            long upTime,
            @Nullable Integer hostCount,
            @Json.Property("host") List<TrackedHost> hosts) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record TrackedHost(String hostAddress, String hostFilterMode) {}

    // ---- RFC 9398: what we are on upstreams ----

    @Json(naming = Json.Naming.LowerHyphen)
    record Proxy(Upstreams interfaces) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record Upstreams(@Json.Property("interface") List<Upstream> upstreams) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record Upstream(
            String name,
            @Nullable Integer igmpVersion,
            @Nullable Integer mldVersion,
            boolean enabled,
            @Nullable String senderSourceAddress,
            @Json.Property("group") List<MergedGroup> groups) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record MergedGroup(
            String groupAddress,
            String filterMode,
            @Json.Property("source") List<MergedSource> sources) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record MergedSource(String sourceAddress, List<InterfaceName> downstreamInterface) {}

    @Json(naming = Json.Naming.LowerHyphen)
    record InterfaceName(String name) {}
}
