// Generated from server/rest/openapi.gen.json by npm run gen; do not edit.
export interface paths {
    "/api/v1/access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List everybody's sessions and tokens */
        get: operations["access.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/{access}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End anybody's session or token */
        delete: operations["access.revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alarms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List alarms */
        get: operations["alarm.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alarms/{alarm}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show an alarm: what happened around it, who was told */
        get: operations["alarm.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alarms/{alarm}/ack": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Acknowledge an alarm: it is not told again while it is open */
        post: operations["alarm.ack"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alarms/{alarm}/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resolve an alarm by hand */
        post: operations["alarm.resolve"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alert-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List alert rules */
        get: operations["alertrule.list"];
        put?: never;
        /** Make an alert rule */
        post: operations["alertrule.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alert-rules/{rule}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change an alert rule */
        put: operations["alertrule.edit"];
        post?: never;
        /** Delete an alert rule */
        delete: operations["alertrule.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List audit entries */
        get: operations["audit.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Export the audit log */
        get: operations["audit.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Verify the audit log */
        get: operations["audit.verify"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List channels */
        get: operations["channel.list"];
        put?: never;
        /** Make a channel */
        post: operations["channel.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channels/{channel}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a channel */
        get: operations["channel.show"];
        /** Change a channel */
        put: operations["channel.edit"];
        post?: never;
        /** Delete a channel; what it has not taken is given up */
        delete: operations["channel.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channels/{channel}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a test message at once and show the answer */
        post: operations["channel.test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List clusters */
        get: operations["cluster.list"];
        put?: never;
        /** Create cluster */
        post: operations["cluster.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show cluster */
        get: operations["cluster.show"];
        put?: never;
        post?: never;
        /** Remove cluster from the console */
        delete: operations["cluster.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/adopt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Adopt cluster */
        post: operations["cluster.adopt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List resource agents */
        get: operations["agent.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/agents/{agent}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show resource agent */
        get: operations["agent.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/attribute-sets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List attribute sets with rules */
        get: operations["attributes.list"];
        put?: never;
        /** Create attribute set with a rule */
        post: operations["attributes.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/attribute-sets/{set}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Edit attribute set */
        put: operations["attributes.edit"];
        post?: never;
        /** Delete attribute set */
        delete: operations["attributes.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/budgets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List failover budgets of services */
        get: operations["budget.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/budgets/{service}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the failover budget of a service */
        get: operations["budget.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/checks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List findings */
        get: operations["check.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/checks/fix": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mend finding */
        post: operations["check.fix"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/cleanup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Clean up all failures */
        post: operations["cluster.cleanup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/constraints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List constraints */
        get: operations["constraint.list"];
        put?: never;
        /** Create constraint */
        post: operations["constraint.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/constraints/{constraint}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Edit constraint */
        put: operations["constraint.edit"];
        post?: never;
        /** Delete constraint */
        delete: operations["constraint.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/defaults": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change resource and operation defaults */
        patch: operations["defaults.set"];
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/destroy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Destroy cluster */
        post: operations["cluster.destroy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/diskhb": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show disk heartbeat */
        get: operations["diskhb.show"];
        put?: never;
        /** Add disk heartbeat */
        post: operations["diskhb.enable"];
        /** Take disk heartbeat away */
        delete: operations["diskhb.disable"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/diskhb/inspect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Look at what is on a disk */
        post: operations["diskhb.inspect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/evidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Evidence of the verdict */
        get: operations["evidence.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/fencing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Fencing of a cluster */
        get: operations["fence.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/fencing/levels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set fencing levels */
        put: operations["fence.levels"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/fencing/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Test fencing */
        post: operations["fence.test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show smart migration: rules, and how the nodes are */
        get: operations["health.show"];
        /** Set smart migration */
        put: operations["health.set"];
        post?: never;
        /** Take smart migration away */
        delete: operations["health.unset"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/health/whatif": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say what would move by the nodes' health */
        post: operations["health.whatif"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List heartbeat links */
        get: operations["link.list"];
        put?: never;
        /** Add heartbeat link */
        post: operations["link.add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/links/{link}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change heartbeat link */
        put: operations["link.edit"];
        post?: never;
        /** Remove heartbeat link */
        delete: operations["link.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the log bundles of a cluster that are kept. */
        get: operations["logs.list"];
        put?: never;
        /** Collect a log bundle: a span of time of chosen nodes, without passwords and keys. */
        post: operations["logs.collect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/logs/{bundle}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a log bundle, and how far its collection is. */
        get: operations["logs.show"];
        put?: never;
        post?: never;
        /** Delete a log bundle, or end its collection. */
        delete: operations["logs.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/logs/{bundle}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download a log bundle; a part by HTTP ranges. */
        get: operations["logs.download"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/manifest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Export cluster configuration */
        get: operations["config.export"];
        /** Apply cluster configuration */
        put: operations["config.apply"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/manifest/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Compare a cluster with a configuration file */
        post: operations["config.compare"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/manifest/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show what a configuration file would change */
        post: operations["config.plan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List nodes */
        get: operations["node.list"];
        put?: never;
        /** Add node */
        post: operations["node.add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/nodes/{node}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show node */
        get: operations["node.show"];
        put?: never;
        post?: never;
        /** Remove node */
        delete: operations["node.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/nodes/{node}/attributes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Set node attributes */
        patch: operations["node.attributes"];
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/nodes/{node}/fence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Fence node */
        post: operations["node.fence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/nodes/{node}/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show what a node has measured in the last hour */
        get: operations["health.history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/nodes/{node}/maintenance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put node in maintenance */
        post: operations["node.maintenance"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/nodes/{node}/standby": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put node in standby */
        post: operations["node.standby"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/nodes/{node}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start node */
        post: operations["node.start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/nodes/{node}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop node */
        post: operations["node.stop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/nodes/{node}/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Bring a node to the cluster's corosync.conf */
        post: operations["node.sync"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/nodes/{node}/unmaintenance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End maintenance of node */
        post: operations["node.unmaintenance"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/nodes/{node}/unstandby": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End standby of node */
        post: operations["node.unstandby"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/nodes/{node}/utilization": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Set capacity of a node */
        patch: operations["node.utilization"];
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/ping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Protect against a lost client network */
        post: operations["ping.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/properties": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List cluster properties with their descriptions */
        get: operations["property.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change cluster properties */
        patch: operations["cluster.properties"];
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/qdevice": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the quorum device */
        get: operations["qdevice.show"];
        /** Set the quorum device */
        put: operations["qdevice.set"];
        post?: never;
        /** Remove the quorum device */
        delete: operations["qdevice.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/qdevice/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Foresee a quorum device */
        post: operations["qdevice.plan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/quorum": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show quorum */
        get: operations["quorum.show"];
        /** Change quorum */
        put: operations["quorum.edit"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/quorum/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Foresee a change of quorum */
        post: operations["quorum.plan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List resources */
        get: operations["resource.list"];
        put?: never;
        /** Create resource */
        post: operations["resource.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources/{resource}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show resource */
        get: operations["resource.show"];
        /** Edit resource */
        put: operations["resource.edit"];
        post?: never;
        /** Delete resource */
        delete: operations["resource.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources/{resource}/ban": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ban resource from a node */
        post: operations["resource.ban"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources/{resource}/cleanup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Clean up resource */
        post: operations["resource.cleanup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources/{resource}/clear": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Clear moves and bans */
        post: operations["resource.clear"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources/{resource}/failback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set failback of a resource */
        put: operations["resource.failback"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources/{resource}/manage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Manage resource */
        post: operations["resource.manage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources/{resource}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Move resource */
        post: operations["resource.move"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources/{resource}/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set order of nodes */
        put: operations["resource.prefer"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources/{resource}/place": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Place resource in a group */
        post: operations["resource.place"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources/{resource}/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Refresh resource */
        post: operations["resource.refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources/{resource}/restart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restart resource */
        post: operations["resource.restart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources/{resource}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start resource */
        post: operations["resource.start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources/{resource}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop resource */
        post: operations["resource.stop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources/{resource}/unmanage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Unmanage resource */
        post: operations["resource.unmanage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources/{resource}/utilization": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Set utilization of a resource */
        patch: operations["resource.utilization"];
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources/{resource}/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Explain the place of a resource */
        get: operations["why.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/restart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restart cluster */
        post: operations["cluster.restart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/revisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List revisions */
        get: operations["revision.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/revisions/{revision}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show revision */
        get: operations["revision.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/revisions/{revision}/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Compare two revisions */
        get: operations["revision.compare"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/revisions/{revision}/revert": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Revert revision */
        post: operations["revision.revert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/sbd": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** SBD of a cluster */
        get: operations["sbd.show"];
        /** Set up SBD */
        put: operations["sbd.set"];
        post?: never;
        /** Remove SBD */
        delete: operations["sbd.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/sbd/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Foresee SBD's times */
        post: operations["sbd.plan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/services/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Check what a database would find */
        post: operations["service.check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/services/database": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a database a protected service */
        post: operations["service.database"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/services/spread": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Spread services over nodes (N+M) */
        post: operations["service.spread"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start cluster */
        post: operations["cluster.start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop cluster */
        post: operations["cluster.stop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List tags */
        get: operations["tag.list"];
        put?: never;
        /** Create tag */
        post: operations["tag.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/tags/{tag}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Edit tag */
        put: operations["tag.edit"];
        post?: never;
        /** Delete tag */
        delete: operations["tag.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/tags/{tag}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start all with a tag */
        post: operations["tag.start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/tags/{tag}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop all with a tag */
        post: operations["tag.stop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/targets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List targets of services and where they stand */
        get: operations["target.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/targets/{service}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set the targets of a service */
        put: operations["target.set"];
        post?: never;
        /** Remove the targets of a service */
        delete: operations["target.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened to a cluster, merged: events, what people did, what Pacemaker decided. */
        get: operations["timeline.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/timing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show timing */
        get: operations["timing.show"];
        /** Set timing */
        put: operations["timing.set"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/volumes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List replicated volumes */
        get: operations["volume.list"];
        put?: never;
        /** Create replicated volume */
        post: operations["volume.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/volumes/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Check a new replicated volume */
        post: operations["volume.check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/volumes/{volume}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show replicated volume */
        get: operations["volume.show"];
        put?: never;
        post?: never;
        /** Delete replicated volume */
        delete: operations["volume.delete"];
        options?: never;
        head?: never;
        /** Change replicated volume */
        patch: operations["volume.edit"];
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/volumes/{volume}/act": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Act on one side of a volume */
        post: operations["volume.act"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/volumes/{volume}/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resolve split brain */
        post: operations["volume.resolve"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/whatif": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Play a change or failure through */
        post: operations["whatif.play"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/demo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show demo */
        get: operations["demo.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/demo/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reset demo */
        post: operations["demo.reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/demo/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Verify demo */
        post: operations["demo.verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/discovered": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Find clusters made by other means */
        get: operations["cluster.discover"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List events */
        get: operations["event.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List hosts */
        get: operations["host.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/preflight": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Check hosts */
        post: operations["host.preflight"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Issue enrolment token */
        post: operations["host.token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{host}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show host */
        get: operations["host.show"];
        put?: never;
        post?: never;
        /** Revoke host */
        delete: operations["host.revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{host}/qdevice": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a host as arbiter */
        get: operations["qdevice.arbiter"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/license": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the licence: by what, how much, until when */
        get: operations["license.status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/license/activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Activate a licence */
        post: operations["license.activate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/license/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List requests that wait for their code */
        get: operations["license.requests"];
        put?: never;
        /** Make a request for a licence */
        post: operations["license.request"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/license/ukey": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set the token's PIN, or look at the token */
        put: operations["license.ukey"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/manifest/migrate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Carry a cluster configuration over to other machines */
        post: operations["config.migrate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/manifest/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show what stands in a configuration file */
        post: operations["config.read"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List messages about alarms */
        get: operations["message.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{message}/giveup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a message up */
        post: operations["message.giveup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{message}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Try a message at once */
        post: operations["message.retry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List operations */
        get: operations["operation.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/{operation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show operation */
        get: operations["operation.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the security policy */
        get: operations["policy.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change the security policy */
        patch: operations["policy.edit"];
        trace?: never;
    };
    "/api/v1/rules/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Check rule */
        post: operations["rule.check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show session */
        get: operations["session.show"];
        put?: never;
        /** Sign in */
        post: operations["session.create"];
        /** Sign out */
        delete: operations["session.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change own password */
        post: operations["password.change"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List one's own sessions */
        get: operations["session.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/sessions/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one of one's own sessions */
        delete: operations["session.revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List one's own API tokens */
        get: operations["token.list"];
        put?: never;
        /** Make an API token */
        post: operations["token.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/tokens/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke one's own API token */
        delete: operations["token.revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Put a second factor in force */
        put: operations["totp.confirm"];
        /** Set up a second factor */
        post: operations["totp.setup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/totp/recovery": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make new recovery codes */
        post: operations["totp.recovery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/totp/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Do without a second factor */
        post: operations["totp.remove"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/silences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List silences */
        get: operations["silence.list"];
        put?: never;
        /** Silence: nobody is told for a time */
        post: operations["silence.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/silences/{silence}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a silence */
        delete: operations["silence.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List users */
        get: operations["user.list"];
        put?: never;
        /** Create user */
        post: operations["user.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete user */
        delete: operations["user.delete"];
        options?: never;
        head?: never;
        /** Edit user */
        patch: operations["user.edit"];
        trace?: never;
    };
    "/api/v1/users/{user}/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take away a user's second factor */
        delete: operations["totp.reset"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/volumes/parse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read a DRBD configuration */
        post: operations["volume.parse"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Absence: {
            /**
             * Format: double
             * @description How long; until now where it is not back yet.
             */
            seconds: number;
            /** Format: date-time */
            since: string;
            /**
             * Format: date-time
             * @description Absent where it is not back yet.
             */
            until?: string;
        };
        Access: {
            /** @description From where it was last used; of a session, from where it began. */
            address?: string;
            /** @description Of a token: only these clusters; all where there is none. */
            clusters?: string[] | null;
            /** Format: date-time */
            created: string;
            /** @description The very session that asks. */
            current?: boolean;
            /** Format: date-time */
            expires: string;
            id: string;
            /** @enum {string} */
            kind: "browser" | "cli" | "token";
            /** @description Of a token: what it is for. */
            label?: string;
            /**
             * @description Of a token: it may do what both this role and its user's may.
             * @enum {string}
             */
            role?: "admin" | "operator" | "viewer" | "security" | "auditor";
            /**
             * Format: date-time
             * @description When it was last used.
             */
            seen?: string;
            user: string;
        };
        AckAlarm: {
            note?: string;
        };
        Acknowledgement: {
            /** Format: date-time */
            at: string;
            by: string;
            note?: string;
        };
        ActOnVolume: {
            /** @enum {string} */
            action: "connect" | "disconnect" | "attach" | "detach" | "pause" | "resume" | "limit" | "verify" | "invalidate" | "promote";
            /**
             * Format: int64
             * @description Of limit: bytes per second; 0 leaves it to the controller.
             */
            limit?: number;
            node: string;
        };
        ActivateLicense: {
            /** @description A picture (PNG or JPEG) of its QR code. */
            image?: string;
            /**
             * @description Refuse a licence of another kind.
             * @enum {string}
             */
            kind?: "trial" | "node" | "ukey" | "site";
            /** @description An activation code, however its groups are set, or a whole document. */
            text?: string;
            /** @description Only say what it would be; nothing is kept. */
            try?: boolean;
        };
        AddNode: {
            node: components["schemas"]["SetupNode"];
            /** @description Make it a remote node: it runs resources without Corosync and has no vote. Node then has a name alone. */
            remote?: components["schemas"]["NewRemote"];
        };
        AdoptCluster: {
            /** @description Name for people, in their own language. */
            label?: string;
        };
        AgentAction: {
            depth?: string;
            interval?: string;
            name: string;
            role?: string;
            timeout?: string;
        };
        AgentMatch: {
            class?: string;
            provider?: string;
            type?: string;
        };
        AgentMetadata: {
            actions: components["schemas"]["AgentAction"][] | null;
            /** @description Class, provider and type. */
            agent: string;
            long?: string;
            parameters: components["schemas"]["AgentParameter"][] | null;
            short?: string;
            version?: string;
        };
        AgentName: {
            /** @description class:provider:type */
            agent: string;
        };
        AgentParameter: {
            default?: string;
            deprecated?: boolean;
            long?: string;
            name: string;
            /** @description Values to choose from, for type select. */
            options?: string[] | null;
            reloadable?: boolean;
            required: boolean;
            /** @description Never sent to a browser; *** stands for it. */
            secret?: boolean;
            short?: string;
            /**
             * @description As the agent has it; string where it says nothing.
             * @enum {string}
             */
            type: "string" | "boolean" | "integer" | "percentage" | "time" | "select" | "second";
            /** @description No two resources of this agent may have the same value. */
            unique?: boolean;
        };
        Alarm: {
            ack?: components["schemas"]["Acknowledgement"];
            /** @description Values for that sentence. */
            args?: {
                [key: string]: string;
            };
            cluster?: string;
            /**
             * Format: int64
             * @description How often it was seen.
             */
            count: number;
            /** @description Kind of the event that was seen last; event.<kind> in the catalogue is its sentence. */
            event: string;
            /** Format: int64 */
            id: number;
            /** @description alarm.<kind> in the catalogue is its title. */
            kind: string;
            /**
             * Format: date-time
             * @description When it was seen last.
             */
            last: string;
            /** @description It happened and has no end; it was never open. */
            notice?: boolean;
            /** @description Node, resource, link or host concerned. */
            object?: string;
            /** Format: date-time */
            opened: string;
            /** Format: date-time */
            resolved?: string;
            /** @description Kind of the event that ended it, state where the cluster's state showed it, or user:<name>. */
            resolvedBy?: string;
            /**
             * @description The worst since it was opened.
             * @enum {string}
             */
            severity: "info" | "warning" | "critical";
            /** @description A silence keeps it from being sent. */
            silenced?: boolean;
            /** @enum {string} */
            state: "open" | "resolved";
        };
        AlarmDetail: {
            ack?: components["schemas"]["Acknowledgement"];
            /** @description Values for that sentence. */
            args?: {
                [key: string]: string;
            };
            cluster?: string;
            /**
             * Format: int64
             * @description How often it was seen.
             */
            count: number;
            /** @description Kind of the event that was seen last; event.<kind> in the catalogue is its sentence. */
            event: string;
            /** @description What happened on the cluster from its beginning to ten minutes after its end, oldest first; at most 200. */
            events: components["schemas"]["Event"][] | null;
            /** Format: int64 */
            id: number;
            /** @description alarm.<kind> in the catalogue is its title. */
            kind: string;
            /**
             * Format: date-time
             * @description When it was seen last.
             */
            last: string;
            messages: components["schemas"]["Message"][] | null;
            /** @description It happened and has no end; it was never open. */
            notice?: boolean;
            /** @description Node, resource, link or host concerned. */
            object?: string;
            /** Format: date-time */
            opened: string;
            /** Format: date-time */
            resolved?: string;
            /** @description Kind of the event that ended it, state where the cluster's state showed it, or user:<name>. */
            resolvedBy?: string;
            /**
             * @description The worst since it was opened.
             * @enum {string}
             */
            severity: "info" | "warning" | "critical";
            /** @description A silence keeps it from being sent. */
            silenced?: boolean;
            /** @enum {string} */
            state: "open" | "resolved";
        };
        AlertRule: {
            /** @description All where empty. */
            channels?: string[] | null;
            /** @description Any where empty. */
            clusters?: string[] | null;
            enabled: boolean;
            /**
             * Format: int64
             * @description At most one message in this time about the same alarm that comes again.
             */
            everySeconds: number;
            /** @description Kinds of alarms, node.* for all of nodes; any where empty. */
            kinds?: string[] | null;
            /**
             * @description The channel's where absent.
             * @enum {string}
             */
            language?: "zh" | "en";
            name: string;
            /**
             * @description This or worse.
             * @enum {string}
             */
            severity: "warning" | "critical";
            /**
             * Format: int64
             * @description How long what follows is gathered into the same message.
             */
            waitSeconds: number;
        };
        ArbiterCluster: {
            /** @description In the daemon's own words. */
            algorithm: string;
            name: string;
            nodes: components["schemas"]["ArbiterNode"][] | null;
            /** @description In the daemon's own words. */
            tieBreaker: string;
        };
        ArbiterNode: {
            /** @description Where it is connected from. */
            address?: string;
            /**
             * @description What the node last said of its own heuristics; none where it has not run any.
             * @enum {string}
             */
            heuristics?: "pass" | "fail" | "none";
            /** Format: int64 */
            id: number;
            /** @description Where this server knows the cluster. */
            name?: string;
            /** @description By TLS, with a certificate of the node's own that was verified. */
            secured: boolean;
            /**
             * @description The last answer: ack gives the vote.
             * @enum {string}
             */
            vote?: "ack" | "nack" | "none";
        };
        ArbiterShown: {
            /** @description Clusters whose nodes are connected to it, whoever set them up. */
            clusters: components["schemas"]["ArbiterCluster"][] | null;
            /** @description It starts when the host boots. */
            enabled: boolean;
            host: string;
            /** @description The package corosync-qnetd is there. */
            installed: boolean;
            /** @description Program that listens at its port while it does not run. */
            portTaken?: string;
            /** @description It has its certificate authority. */
            ready: boolean;
            running: boolean;
            /** @description Clusters of this server whose quorum device it is. */
            serves: string[] | null;
        };
        AttributeSet: {
            /** @description XML ID: letter or underscore first, then letters, digits, . _ - */
            id: string;
            /** @enum {string} */
            kind: "parameters" | "meta" | "properties" | "resource_defaults" | "op_defaults";
            /** @description The resource whose parameters or meta attributes they are; empty for the kinds that concern the cluster. */
            resource?: string;
            rule: components["schemas"]["Rule"];
            /** @description Sets are asked in descending order of their scores; 1 where absent, so that it comes before values without a rule. */
            score?: string;
            /** @description Secret values are ***. */
            values: {
                [key: string]: string;
            };
        };
        AuditBreak: {
            /** Format: int64 */
            entry: number;
            /**
             * @description An entry is missing; an entry is not what was kept; the end was cut off; the signature of the end is not this server's; the log is not the one that an earlier end belongs to.
             * @enum {string}
             */
            reason: "missing" | "changed" | "cut" | "signature" | "other";
        };
        AuditCheck: {
            broken?: components["schemas"]["AuditBreak"];
            /** @description The end that was found, signed now. */
            head: components["schemas"]["AuditHead"];
            ok: boolean;
            /**
             * Format: int64
             * @description The first entry of which an end was kept outside of the database: before it, a log that was cut and written anew would not show.
             */
            since: number;
        };
        AuditEntry: {
            /** @description The route's name. */
            action: string;
            actor: string;
            address: string;
            /** Format: date-time */
            at: string;
            /** @description SHA-256 over this entry and the hash before it. */
            hash: string;
            /** Format: int64 */
            id: number;
            object?: string;
            /** @description ok, or the fault's code. */
            outcome: string;
        };
        AuditHead: {
            /** Format: date-time */
            at: string;
            /** Format: int64 */
            entries: number;
            /** @description Of the newest entry. */
            hash: string;
            /** @description ECDSA over the three above, by the CA's key. */
            signature: string;
        };
        BanResource: {
            /** @description How long, for example 30min, 8h or 2d; absent: until it is cleared. */
            lifetime?: string;
            /** @description Which node; empty for the one where it runs. */
            node?: string;
        };
        Budget: {
            /** @description planned, node, application, threshold, in this order; what cannot happen to it is absent. */
            events: components["schemas"]["BudgetEvent"][] | null;
            /** @description ID of a group, or of a primitive that is in none. */
            service: string;
        };
        BudgetEvent: {
            /**
             * @description met: what is to be expected is within the target, or even the worst is. missed: it is not. unknown: it depends on what was never measured. Absent without a target.
             * @enum {string}
             */
            answer?: "met" | "missed" | "unknown";
            /** @description The node or resource that never is about. */
            because?: string;
            /**
             * @description planned: a person moves it. node: its node dies. application: a member of it crashes and is started again where it was. threshold: that happens so often that it moves (migration-threshold).
             * @enum {string}
             */
            event: "planned" | "node" | "application" | "threshold";
            /** @description Where the target is not met: what takes the most of it, and what to do about it. */
            finding?: components["schemas"]["Finding"];
            /**
             * @description Why it does not come back by itself: no other node may run it; the lost node can never be fenced; the rest has no quorum; nobody notices; on-fail holds it.
             * @enum {string}
             */
            never?: "no_taker" | "no_fencing" | "no_quorum" | "not_watched" | "held";
            /**
             * Format: int64
             * @description The RTO that was promised; absent where none was.
             */
            targetSeconds?: number;
            /** @description What is to be expected: medians of what was measured, half of a monitor's interval. */
            typical: components["schemas"]["BudgetSum"];
            /** @description Every step takes as long as its time-out lets it, and none fails. */
            worst: components["schemas"]["BudgetSum"];
        };
        BudgetPart: {
            /**
             * Format: date-time
             * @description Of what was measured: when last.
             */
            at?: string;
            /** @description Of fencing: the devices. */
            by?: string;
            /**
             * Format: int64
             * @description Of what was measured: how often.
             */
            count?: number;
            /**
             * @description token, consensus: until the death of a node is noticed. monitor, event: until a crash is. delay, fence: until the node is fenced. The others are operations of resources.
             * @enum {string}
             */
            kind: "token" | "consensus" | "monitor" | "event" | "delay" | "fence" | "demote" | "stop" | "start" | "promote";
            /** Format: int64 */
            ms: number;
            /** @description The resource, or the node that is fenced. */
            object?: string;
            /**
             * @description measured: median of what was seen on this cluster. configured: it stands in the configuration. assumed: Pacemaker's or Corosync's own default, because nothing is configured. unknown: never measured; counts as nothing.
             * @enum {string}
             */
            source: "measured" | "configured" | "assumed" | "unknown";
        };
        BudgetSum: {
            /** @description Nothing in it is unknown; false: it is at least this long. */
            exact: boolean;
            /** Format: int64 */
            ms: number;
            /** @description In their order; their sum is the whole. */
            parts: components["schemas"]["BudgetPart"][] | null;
            /** @description The member whose crash takes longest. */
            resource?: string;
        };
        Cause: {
            args?: {
                [key: string]: string;
            };
            code: string;
        };
        CertificatesState: {
            /** @description SHA-256 of the authority's certificate; empty where there is none. */
            authority?: string;
            /** @description The key of the authority is here. */
            caKey: boolean;
            /** @description There is a certificate by which the probe is let in. */
            client: boolean;
            expired?: boolean;
            /** @description Names and addresses that the node's certificate does not hold; all of them where there is none. */
            missing?: string[] | null;
            /** @description When it ends. */
            until?: string;
        };
        Channel: {
            enabled: boolean;
            /** @description Why it did not take the last message, where it did not. */
            fault?: components["schemas"]["Fault"];
            /** @enum {string} */
            kind: "mail" | "webhook" | "wecom" | "dingtalk";
            /** @enum {string} */
            language: "zh" | "en";
            /** Format: date-time */
            lastSent?: string;
            mail?: components["schemas"]["MailSettings"];
            name: string;
            /** @description Subject of its own with blanks such as {{cluster}}; the usual one where empty. */
            subject?: string;
            /** @description Text of its own with blanks such as {{what}}; the usual one where empty. */
            text?: string;
            /**
             * Format: int64
             * @description Messages that it has not taken yet.
             */
            waiting: number;
            webhook?: components["schemas"]["WebhookSettings"];
        };
        ChannelForm: {
            enabled: boolean;
            /** @enum {string} */
            kind: "mail" | "webhook" | "wecom" | "dingtalk";
            /** @enum {string} */
            language: "zh" | "en";
            mail?: components["schemas"]["MailSettings"];
            /** @description Subject of its own with blanks such as {{cluster}}; the usual one where empty. */
            subject?: string;
            /** @description Text of its own with blanks such as {{what}}; the usual one where empty. */
            text?: string;
            webhook?: components["schemas"]["WebhookSettings"];
        };
        ChannelTest: {
            /** @description What the other side said. */
            answer?: string;
            fault?: components["schemas"]["Fault"];
            ok: boolean;
            /** Format: int64 */
            tookMs: number;
        };
        Check: {
            args?: {
                [key: string]: string;
            };
            /** @description check.<code> in internal/words is its name, check.<code>.<result> its sentence, check.<code>.fix what to do. */
            code: string;
            /** @enum {string} */
            result: "ok" | "warning" | "failed";
        };
        CleanedUp: {
            /** @description Absent: on all nodes. */
            node?: string;
            /** @description Absent: of all resources. */
            resource?: string;
        };
        CleanupResource: {
            /** @description Only on this node. */
            node?: string;
        };
        ClearResource: {
            /** @description Only those that concern this node. */
            node?: string;
        };
        Cluster: {
            /** Format: date-time */
            created: string;
            /**
             * Format: int64
             * @description Primitives that should run.
             */
            desired: number;
            /** @enum {string} */
            engine: "pacemaker" | "simulated";
            /**
             * Format: int64
             * @description Primitives that have failed.
             */
            failed: number;
            /** @description Name for people, in their own language. */
            label?: string;
            lastFailover?: components["schemas"]["Outage"];
            name: string;
            /** @description Names of its nodes. */
            nodes: string[] | null;
            /**
             * Format: int64
             * @description Nodes online.
             */
            online: number;
            quorate: boolean;
            /**
             * Format: int64
             * @description Primitives configured, fence devices apart.
             */
            resources: number;
            /**
             * Format: int64
             * @description Number of the newest revision.
             */
            revision: number;
            running: boolean;
            /**
             * Format: date-time
             * @description When its state was last confirmed by a node.
             */
            seen?: string;
            /** @description No node reports; what is shown is from seen. */
            stale: boolean;
            /**
             * Format: int64
             * @description Primitives that the cluster reports as running and not failed.
             */
            started: number;
            verdict: components["schemas"]["Verdict"];
            /** @description Version of the CIB that the server has seen last. */
            version: components["schemas"]["Version"];
        };
        ClusterDetail: {
            /** @description Configured; absent until a node has reported. */
            config?: components["schemas"]["Config"];
            /** Format: date-time */
            created: string;
            /**
             * Format: int64
             * @description Primitives that should run.
             */
            desired: number;
            /** @enum {string} */
            engine: "pacemaker" | "simulated";
            /**
             * Format: int64
             * @description Primitives that have failed.
             */
            failed: number;
            /** @description Name for people, in their own language. */
            label?: string;
            lastFailover?: components["schemas"]["Outage"];
            name: string;
            /** @description Names of its nodes. */
            nodes: string[] | null;
            /**
             * Format: int64
             * @description Nodes online.
             */
            online: number;
            quorate: boolean;
            /**
             * Format: int64
             * @description Primitives configured, fence devices apart.
             */
            resources: number;
            /**
             * Format: int64
             * @description Number of the newest revision.
             */
            revision: number;
            running: boolean;
            /**
             * Format: date-time
             * @description When its state was last confirmed by a node.
             */
            seen?: string;
            /** @description Nodes, links and timing as in corosync.conf. */
            setup?: components["schemas"]["Setup"];
            /** @description No node reports; what is shown is from seen. */
            stale: boolean;
            /**
             * Format: int64
             * @description Primitives that the cluster reports as running and not failed.
             */
            started: number;
            /** @description Observed; absent until a node has reported. */
            state?: components["schemas"]["State"];
            verdict: components["schemas"]["Verdict"];
            /** @description Version of the CIB that the server has seen last. */
            version: components["schemas"]["Version"];
        };
        ClusterOption: {
            /** @description For those who know what they do. */
            advanced: boolean;
            /** @description option.danger.<code> in the catalogue says what may come of the value that is set. */
            dangerous?: string;
            /** @description Values that may do harm. */
            dangers?: components["schemas"]["OptionDanger"][] | null;
            default?: string;
            deprecated?: boolean;
            long?: string;
            name: string;
            /** @description Values to choose from, for type select. */
            options?: string[] | null;
            /** @description Pacemaker sets it itself. */
            own: boolean;
            reloadable?: boolean;
            required: boolean;
            /**
             * @description What it is an option of: the cluster, resources that do not say otherwise, operations that do not say otherwise.
             * @enum {string}
             */
            scope: "property" | "resource" | "operation";
            /** @description Never sent to a browser; *** stands for it. */
            secret?: boolean;
            set: boolean;
            short?: string;
            /**
             * @description As the agent has it; string where it says nothing.
             * @enum {string}
             */
            type: "string" | "boolean" | "integer" | "percentage" | "time" | "select" | "second";
            /** @description No two resources of this agent may have the same value. */
            unique?: boolean;
            /** @description What is set; absent where the default holds. */
            value?: string;
        };
        Comparison: {
            cluster: string;
            differences: components["schemas"]["Difference"][] | null;
            from: components["schemas"]["RevisionHead"];
            /** @description Number 0 is the configuration as it is now. */
            to: components["schemas"]["RevisionHead"];
        };
        ConfNode: {
            /** @description Its agent is connected. */
            connected: boolean;
            digest?: string;
            node: string;
            /** @description The cluster sees it. */
            online: boolean;
            /**
             * @description straggler: an older version, which is replaced as soon as may be. differs: somebody has changed it past Hawser.
             * @enum {string}
             */
            state: "same" | "straggler" | "differs" | "unknown";
            /** Format: int64 */
            version: number;
        };
        ConfState: {
            /** @description Hash of what Corosync makes of it: nodes, links, timing and quorum. */
            digest: string;
            /**
             * Format: int64
             * @description config_version: the number of the change that it is from.
             */
            version: number;
        };
        Config: {
            /** @description Values that hold only while a rule is true, in the CIB's order. */
            attributeSets?: components["schemas"]["AttributeSet"][] | null;
            /** @description Program that wrote the last change (update-client). */
            client?: string;
            constraints: components["schemas"]["Constraint"][] | null;
            /** @description The fencing topology, in the CIB's order. */
            fenceLevels?: components["schemas"]["FenceLevel"][] | null;
            nodes: components["schemas"]["NodeConfig"][] | null;
            operationDefaults?: {
                [key: string]: string;
            };
            /** @description Node that wrote the last change (update-origin). */
            origin?: string;
            /** @description Elements that Hawser keeps but has no form for. */
            other?: components["schemas"]["Fragment"][] | null;
            properties: {
                [key: string]: string;
            };
            resourceDefaults?: {
                [key: string]: string;
            };
            /** @description In the CIB's order. */
            resources: components["schemas"]["HaResource"][] | null;
            /** @description In the CIB's order. */
            tags?: components["schemas"]["Tag"][] | null;
            /** @description User that wrote the last change (update-user). */
            user?: string;
            version: components["schemas"]["Version"];
            /** @description When the CIB was last written, as it says itself (cib-last-written). */
            written?: string;
        };
        Confirmation: {
            password: string;
        };
        Constraint: {
            /** @description Order: the action of first; start where empty. */
            action?: string;
            /** @description Says more than these fields can; see xml. */
            complex?: boolean;
            /**
             * @description Location: where the cluster looks whether the resource runs (resource-discovery).
             * @enum {string}
             */
            discovery?: "always" | "never" | "exclusive";
            /** @description Order: the one before. */
            first?: string;
            id: string;
            /** @description Colocation: whether resource has a say in where with runs. */
            influence?: string;
            /** @enum {string} */
            kind: "location" | "colocation" | "order" | "ticket";
            /**
             * @description Ticket: what is done without it.
             * @enum {string}
             */
            lossPolicy?: "stop" | "demote" | "fence" | "freeze";
            /** @description Location: the node. */
            node?: string;
            /** @description Colocation: nodes with the same value of this attribute count as one place. */
            nodeAttribute?: string;
            /** @enum {string} */
            orderKind?: "Mandatory" | "Optional" | "Serialize";
            /** @description Location: an extended regular expression over IDs instead of one resource (rsc-pattern). */
            pattern?: string;
            /** @description Order: false where one active instance of first is enough. */
            requireAll?: string;
            /** @description Location, ticket: the resource or tag. Colocation: the one that follows (rsc). */
            resource?: string;
            /** @description Location, colocation, ticket: the role of resource that it is about. */
            role?: string;
            /** @description Location: where it holds, instead of a node. */
            rule?: components["schemas"]["Rule"];
            /** @description INFINITY, -INFINITY or a whole number between -1000000 and 1000000. */
            score?: string;
            /** @description Several resources instead of one or two. */
            sets?: components["schemas"]["ResourceSet"][] | null;
            /** @description Order: false where the reverse order does not hold for stopping. */
            symmetrical?: string;
            /** @description Order: the one after. */
            then?: string;
            /** @description Order: the action of then; that of first where empty. */
            thenAction?: string;
            /** @description Ticket: its name. */
            ticket?: string;
            /** @description Colocation: the one that leads (with-rsc). */
            with?: string;
            /** @description Colocation: the role of with. */
            withRole?: string;
            /** @description The element as the CIB has it. */
            xml?: string;
        };
        Container: {
            /** @description The image; every node must have it. */
            image: string;
            /** @description ip-range-start, host-netmask, host-interface, control-port, add-host. */
            network?: {
                [key: string]: string;
            };
            /** @description replicas, replicas-per-host, promoted-max, run-command, network, options (of the container's own tool). */
            options?: {
                [key: string]: string;
            };
            ports?: components["schemas"]["PortMapping"][] | null;
            storage?: components["schemas"]["StorageMapping"][] | null;
            /**
             * @description Hawser makes bundles of podman; others are shown, kept, and edited.
             * @enum {string}
             */
            technology: "podman" | "docker" | "rkt";
        };
        Database: {
            /** @description Virtual IP address with the length of its network, for example 192.0.2.10/24. */
            address: string;
            /** @description Resource agent that runs the database: ocf:hawser:kwdb where absent, systemd:UNIT, or any other of the nodes. */
            agent?: string;
            /** @description Key of the database's own authority, on the node where it was made; it stays there. ca.key beside the certificates where absent. */
            caKey?: string;
            /**
             * @description make: by the database's own tool, for both nodes and the virtual IP address. keep: those that are there. none: insecure. auto, or absent: keep where they fit, make otherwise; none where the agent is told insecure=true or is not KWDB's.
             * @enum {string}
             */
            certificates?: "auto" | "make" | "keep" | "none";
            /** @description Data directory of the database; the volume is mounted there. */
            directory: string;
            /**
             * @description What replicates a volume that is made: drbd where absent; mirror is Hawser's own, without a kernel module (preview). Of a volume that is there it has to be its own.
             * @enum {string}
             */
            driver?: "drbd" | "mirror";
            /**
             * @description ext4 where absent.
             * @enum {string}
             */
            fileSystem?: "ext4" | "xfs";
            /** @description Time after which failures are forgotten; 10min where absent. */
            forget?: string;
            /** @description Network interface that carries it; found by its network where absent. */
            interface?: string;
            /** @description Name of the service, and ID of its group. */
            name: string;
            /** @description Parameters of that agent. */
            parameters?: {
                [key: string]: string;
            };
            /**
             * @description C where absent: only with it nothing that was acknowledged is lost. A mirror has C only.
             * @enum {string}
             */
            protocol?: "A" | "B" | "C";
            /** @description The two nodes with their disks. */
            sides: components["schemas"]["DatabaseSide"][] | null;
            /**
             * @description full where absent.
             * @enum {string}
             */
            sync?: "full" | "skip";
            /**
             * Format: int64
             * @description Failures after which the service moves to the other node; 2 where absent.
             */
            threshold?: number;
            /** @description Name of the replicated volume; NAME-data where absent. One that is there already is used. */
            volume?: string;
        };
        DatabaseCheck: {
            /**
             * @description What would become of the certificates.
             * @enum {string}
             */
            certificates: "make" | "keep" | "none";
            /**
             * Format: int64
             * @description Things that would be made or changed; 0 where it is so already.
             */
            changes: number;
            checks: components["schemas"]["ServiceCheck"][] | null;
            /** @description With its defaults filled in. */
            database: components["schemas"]["Database"];
            /** @description What would be mounted. */
            device?: string;
            nodes: components["schemas"]["ServiceNode"][] | null;
            /** @description Nothing failed; warnings may remain. */
            ok: boolean;
            /** @description With what service.database would refuse it now, field by field; absent where it would begin. */
            refused?: components["schemas"]["Fault"];
            /** @description The group as it would be. */
            resources: components["schemas"]["HaResource"][] | null;
            /** @description Node on which they would be made: it has the authority's key. */
            source?: string;
            /** @description The volume that would be made; absent where it is there. */
            volume?: components["schemas"]["VolumeCheck"];
        };
        DatabaseSide: {
            /** @description IP address for replication; that of the first heartbeat link where absent. */
            address?: string;
            /** @description What is on the disk and may be destroyed, all of it, by the names that the check shows. */
            destroy?: string[] | null;
            /** @description Block device that is given away whole, by a name that stays: /dev/disk/by-id/…, a logical volume. */
            disk: string;
            node: string;
        };
        DateMatch: {
            /** @description in_range: how long after start, instead of an end: seconds, minutes, hours, days, weeks, months, years. */
            duration?: {
                [key: string]: string;
            };
            /** @description ISO 8601. */
            end?: string;
            /** @enum {string} */
            operation: "gt" | "lt" | "in_range" | "date_spec";
            /** @description date_spec: for example hours=9-16, weekdays=1-5 (1 is Monday). */
            spec?: {
                [key: string]: string;
            };
            /** @description ISO 8601, for example 2026-01-31 08:00:00Z. */
            start?: string;
        };
        Decision: {
            actions: components["schemas"]["ForecastAction"][] | null;
            /** Format: date-time */
            at: string;
            /** @description Name of that file. */
            input: string;
            /**
             * @description How the scheduler filed it: error is what it could not work with.
             * @enum {string}
             */
            kind: "input" | "warn" | "error";
            /** @description Node that decided; it keeps what the scheduler was given. */
            node: string;
            /** @description What it has decided is not known yet; ask again. */
            unplayed?: boolean;
        };
        Defaults: {
            /** @description Of operations, for example timeout. */
            operation?: components["schemas"]["Values"];
            /** @description Meta attributes of resources, for example resource-stickiness. */
            resource?: components["schemas"]["Values"];
            version?: components["schemas"]["Version"];
        };
        DeleteVolume: {
            /** @description Take the metadata off the disks, too. The data stay in either case. */
            wipe?: boolean;
        };
        Demo: {
            /** Format: int64 */
            acknowledged: number;
            /** Format: int64 */
            attempts: number;
            /** Format: int64 */
            currentOutageMs: number;
            /** Format: date-time */
            lastAck?: string;
            lastError?: string;
            /** Format: date-time */
            longestAt?: string;
            /**
             * Format: int64
             * @description Since the last reset.
             */
            longestOutageMs: number;
            /**
             * Format: int64
             * @description Acknowledged rows that are missing, as of verified.
             */
            lost: number;
            recent: number[] | null;
            running: boolean;
            /** @description The last attempt succeeded. */
            serving: boolean;
            /** Format: date-time */
            since: string;
            /** @description Address that it writes to. */
            target: string;
            /** Format: date-time */
            verified?: string;
        };
        Derivation: {
            args?: {
                [key: string]: string;
            };
            /** @description What is set, in the words of its configuration. */
            name: string;
            rule: string;
            /** Format: int64 */
            value: number;
        };
        DestroyRequest: {
            /** @description The cluster's name, typed again. */
            confirm: string;
        };
        Detection: {
            /** Format: int64 */
            expectedMs: number;
            /**
             * @description node: the token must be missed and the rest must agree. monitor: the next monitor must come.
             * @enum {string}
             */
            kind: "node" | "monitor";
            /** Format: int64 */
            worstMs: number;
        };
        Device: {
            fileSystem?: string;
            /** @description The most stable name that it has. */
            path: string;
            /** Format: int64 */
            sizeBytes: number;
            uuid?: string;
        };
        DeviceState: {
            /** @description Where the arbiter is. */
            address?: string;
            algorithm?: string;
            /** @description The node's corosync-qdevice is connected to the arbiter. */
            connected: boolean;
            /**
             * @description What this node's heuristics gave last; none where they have not run.
             * @enum {string}
             */
            heuristics?: "pass" | "fail" | "none";
            /** @description Nodes that are online and not connected to the arbiter; the server finds them. */
            lost?: string[] | null;
            /** @description In the daemon's own words. */
            state?: string;
            /**
             * Format: int64
             * @description Votes of the device that count now.
             */
            votes: number;
            /** @description The arbiter's last answer gave this node its vote. */
            voting: boolean;
        };
        Difference: {
            after?: string;
            before?: string;
            /** @enum {string} */
            change: "added" | "removed" | "changed";
            /** @description The part that differs, for example parameters.ip; empty where the whole was added or removed. */
            field?: string;
            /** @description Its ID or name. */
            id: string;
            /** @description What differs: property, resource, constraint, attribute_set, tag, node, default, fence_level, other. */
            object: string;
        };
        DiskHeartbeat: {
            device: string;
            /** @description Corosync's own traffic goes over the disk: the network does not carry it. */
            inUse: boolean;
            /** Format: int64 */
            longestStallMs: number;
            memoryLocked: boolean;
            peers: components["schemas"]["DiskPeer"][] | null;
            /**
             * Format: int64
             * @description Mean time of a read, in microseconds.
             */
            readUs: number;
            /** @description The daemon has real-time priority, as Corosync has. */
            realTime: boolean;
            /** Format: date-time */
            since?: string;
            /**
             * Format: int64
             * @description How often the disk did not answer, since the daemon's start.
             */
            stalls: number;
            /**
             * @description down: no daemon answers.
             * @enum {string}
             */
            state: "starting" | "working" | "stalled" | "stopped" | "down";
            uuid: string;
            /** @description The last error, in the system's own words. */
            why?: string;
            /**
             * Format: int64
             * @description Mean time of a write, in microseconds.
             */
            writeUs: number;
        };
        DiskHeartbeatNode: {
            address?: string;
            fault?: components["schemas"]["Fault"];
            heartbeat?: components["schemas"]["DiskHeartbeat"];
            node: string;
        };
        DiskHeartbeatShown: {
            enabled: boolean;
            link?: components["schemas"]["Link"];
            nodes: components["schemas"]["DiskHeartbeatNode"][] | null;
        };
        DiskInspected: {
            /** @description What is on it and would be lost, by the names that an override must give. */
            carries: string[] | null;
            device: string;
            /** @description Mounted, or part of a volume, on a node: it will be refused. */
            inUse: boolean;
            nodes: components["schemas"]["InspectedNode"][] | null;
            /** @description Every node answers, and as far as can be seen without writing it is one and the same disk. */
            same: boolean;
        };
        DiskInspection: {
            /** @description What is on it, by the names that an override must give: for example ext4, LVM2_member, gpt, hawser (a disk heartbeat), data (something unknown). Empty where it is blank. */
            carries?: string[] | null;
            /** @description Cluster whose disk heartbeat it carries. */
            cluster?: string;
            device: string;
            /** @description Mounted, or part of a volume, on this host: never written. */
            inUse: boolean;
            /** Format: int64 */
            sizeBytes: number;
            /** @description Of the disk heartbeat that it carries. */
            uuid?: string;
        };
        DiskPeer: {
            alive: boolean;
            /**
             * Format: int64
             * @description Node ID in corosync.conf.
             */
            id: number;
            /** Format: date-time */
            lastSeen?: string;
            /**
             * Format: int64
             * @description Slots that were overwritten before they were read.
             */
            lostSlots: number;
            /** Format: int64 */
            restarts: number;
        };
        DiskQuestion: {
            /** @description Path of the disk, the same on all nodes. */
            device: string;
        };
        Edit: {
            attributes?: components["schemas"]["AttributeSet"];
            /** @description The member before which it stands in its group; empty for last. */
            before?: string;
            constraint?: components["schemas"]["Constraint"];
            /** @description resource.create, resource.place: the group it becomes a member of; empty for none. */
            group?: string;
            /** @description The object concerned. */
            id?: string;
            /** @description fencing.levels: the levels of one target; a single one without devices removes them. */
            levels?: components["schemas"]["FenceLevel"][] | null;
            /** @description node.attributes: the node. */
            node?: string;
            op: string;
            resource?: components["schemas"]["HaResource"];
            tag?: components["schemas"]["Tag"];
            /** @description Names to remove. */
            unset?: string[] | null;
            /** @description Names and values to set. */
            values?: {
                [key: string]: string;
            };
        };
        EditAlertRule: {
            channels?: string[] | null;
            clusters?: string[] | null;
            enabled: boolean;
            /** Format: int64 */
            everySeconds: number;
            kinds?: string[] | null;
            /** @enum {string} */
            language?: "zh" | "en";
            /** @enum {string} */
            severity: "warning" | "critical";
            /** Format: int64 */
            waitSeconds: number;
        };
        EditAttributes: {
            set: components["schemas"]["AttributeSet"];
            /** @description What the author has seen; if it has moved on, the answer is 409. */
            version?: components["schemas"]["Version"];
        };
        EditConstraint: {
            constraint: components["schemas"]["Constraint"];
            /** @description What the author has seen; if it has moved on, the answer is 409. */
            version?: components["schemas"]["Version"];
        };
        EditResource: {
            /** @description A change window: the primitive goes on running. It is taken out of management, changed, probed with the new values, and given back only where it was found running as before and nothing would be stopped; otherwise everything is taken back. */
            keepRunning?: boolean;
            resource: components["schemas"]["HaResource"];
            /** @description What the author has seen; if it has moved on, the answer is 409. */
            version?: components["schemas"]["Version"];
        };
        EditTag: {
            /** @description IDs of resources. */
            resources: string[] | null;
            /** @description What the author has seen; if it has moved on, the answer is 409. */
            version?: components["schemas"]["Version"];
        };
        EditVolume: {
            /** @description By section and name; an empty value gives the option back to its default. */
            options?: {
                [key: string]: {
                    [key: string]: string;
                };
            };
            /** @enum {string} */
            protocol?: "A" | "B" | "C";
        };
        EnrolmentToken: {
            /** @description SHA-256 of the server's CA certificate, hexadecimal. */
            caSha256: string;
            /** @description What to run on the host, argument by argument. */
            command: string[] | null;
            /** Format: date-time */
            expires: string;
            /** @description Address that agents dial. */
            server: string;
            /** @description Shown once. */
            token: string;
        };
        Event: {
            actor?: string;
            args?: {
                [key: string]: string;
            };
            /** Format: date-time */
            at: string;
            cluster?: string;
            /** Format: int64 */
            id: number;
            /** @description event.<kind> in the catalogue is its sentence. */
            kind: string;
            object?: string;
            /** @enum {string} */
            severity: "info" | "warning" | "critical";
        };
        Evidence: {
            args?: {
                [key: string]: string;
            };
            /**
             * Format: date-time
             * @description When it was seen.
             */
            at?: string;
            code: string;
            /**
             * @description What it means for the cluster; protected: it speaks for it.
             * @enum {string}
             */
            level: "protected" | "at_risk" | "unprotected" | "maintenance" | "stopped" | "unknown";
            /** @description Node, device or resource concerned. */
            object?: string;
            /**
             * @description Who says so: the running cluster, its configuration, a host, or what Hawser has kept.
             * @enum {string}
             */
            source: "cluster" | "configuration" | "host" | "hawser";
        };
        EvidenceReport: {
            /** @description Worst first. evidence.<code> in the catalogue is the sentence, evidence.<code>.do what to do. */
            evidence: components["schemas"]["Evidence"][] | null;
            verdict: components["schemas"]["Verdict"];
        };
        Explanation: {
            causes: components["schemas"]["Cause"][] | null;
            elsewhere: components["schemas"]["NotThere"][] | null;
            /** @enum {string} */
            engine: "pacemaker" | "simulated";
            /** @description Missing where the scheduler's store does not reach back to it, and for what runs in several places. */
            moved?: components["schemas"]["Moved"];
            /** @description Where it is active. */
            nodes: string[] | null;
            resource: string;
            role: string;
        };
        Exposed: {
            /**
             * Format: double
             * @description Seconds that the longest lasted, or lasts until now.
             */
            lasted: number;
            /**
             * Format: int64
             * @description How often in the last 30 days.
             */
            number: number;
            /**
             * Format: double
             * @description How long in all.
             */
            seconds: number;
            /** @description The longest. */
            worst?: components["schemas"]["Exposure"];
        };
        Exposure: {
            /**
             * Format: int64
             * @description The most that the sides were seen not to have alike.
             */
            bytes: number;
            /**
             * Format: date-time
             * @description Absent while it goes on.
             */
            ended?: string;
            /** Format: date-time */
            started: string;
            volume: string;
        };
        Expression: {
            /** @description A condition on the resource's agent; only of defaults. */
            agent?: components["schemas"]["AgentMatch"];
            /** @description Node attribute, for example pingd. */
            attribute?: string;
            /** @description A condition on the time. */
            date?: components["schemas"]["DateMatch"];
            /** @description A condition on the operation; only of operation defaults. */
            op?: components["schemas"]["OpMatch"];
            /** @enum {string} */
            operation?: "lt" | "gt" | "lte" | "gte" | "eq" | "ne" | "defined" | "not_defined";
            /** @description A rule within the rule. */
            rule?: components["schemas"]["Rule"];
            /**
             * @description What value is: itself, or the name of a parameter or meta attribute of the resource.
             * @enum {string}
             */
            source?: "literal" | "param" | "meta";
            /** @enum {string} */
            type?: "string" | "integer" | "number" | "version";
            value?: string;
        };
        Facts: {
            /** @description As Go names it: amd64, arm64, loong64. */
            architecture: string;
            blockDevices?: components["schemas"]["Device"][] | null;
            /** @description Name of the cluster that the host's corosync.conf names. */
            cluster?: string;
            corosync?: string;
            /** Format: int64 */
            cpus: number;
            /**
             * Format: int64
             * @description Size of the root file system.
             */
            diskBytes: number;
            /** Format: int64 */
            diskFreeBytes: number;
            /** @enum {string} */
            engine: "pacemaker" | "simulated";
            hostname: string;
            interfaces: components["schemas"]["Interface"][] | null;
            kernel: string;
            machineId: string;
            /** Format: int64 */
            memoryBytes: number;
            /** @description Pretty name of the operating system. */
            os: string;
            pacemaker?: string;
        };
        Failback: {
            /** @description scheduled: hours of the day in the nodes' time zone, for example 2-3 for 02:00 to 03:59. Pacemaker notices within its cluster-recheck-interval. */
            hours?: string;
            /**
             * @description automatic: at once. manual: when somebody moves it. scheduled: during the given hours.
             * @enum {string}
             */
            mode: "automatic" | "manual" | "scheduled";
            /** @description scheduled: 1 is Monday, for example 6-7; absent: every day. */
            weekdays?: string;
        };
        FailedMonitor: {
            /** @description Where; absent: wherever it runs. */
            node?: string;
            resource: string;
        };
        Failure: {
            /** Format: date-time */
            at?: string;
            /**
             * Format: int64
             * @description Its number on its node, by which failures of one second are told apart.
             */
            call?: number;
            /**
             * Format: int64
             * @description fail-count.
             */
            count?: number;
            /** @description OCF's word for the exit code, for example not running. */
            exit?: string;
            /** Format: int64 */
            exitCode: number;
            interval?: string;
            node: string;
            /** @description For example monitor. */
            operation: string;
            /** @description The agent's own words. */
            reason?: string;
            resource: string;
        };
        Fault: {
            /** @description Values for the blanks of the sentence. */
            args?: {
                [key: string]: string;
            };
            /**
             * @description Kind of failure; decides the HTTP status.
             * @enum {string}
             */
            code: "invalid" | "not_found" | "conflict" | "anonymous" | "denied" | "unlicensed" | "too_large" | "too_many" | "unreachable" | "failed" | "internal";
            /** @description What is wrong with which field of the request. */
            fields?: components["schemas"]["Field"][] | null;
            /** @description The sentence in English, for logs and for clients without a catalogue. */
            message: string;
            /** @description Key of the sentence in every language, for example cluster.name_taken. */
            reason: string;
        };
        FenceAction: {
            /** @enum {string} */
            action: "reboot" | "off" | "on";
            /** Format: date-time */
            at?: string;
            /** @description Program that asked, for example pacemaker-controld. */
            client?: string;
            /** @description Node that carried it out. */
            delegate?: string;
            /** @description Who was to be fenced. */
            node: string;
            /** @description Node that asked. */
            origin?: string;
            /** @enum {string} */
            status: "success" | "failed" | "pending";
        };
        FenceDevice: {
            agent: string;
            /**
             * @description How Pacemaker finds out which nodes it fences (pcmk_host_check).
             * @enum {string}
             */
            check: "static-list" | "dynamic-list" | "status" | "none";
            /** @description Static delay (pcmk_delay_base). */
            delayBase?: string;
            /** @description Upper bound of the random delay (pcmk_delay_max). */
            delayMax?: string;
            /** @description Switched off on purpose. */
            disabled: boolean;
            failed: boolean;
            failures?: components["schemas"]["Failure"][] | null;
            /** @description The nodes that it fences by its host list or map; empty where it is asked, or fences all. */
            hosts: components["schemas"]["FenceHost"][] | null;
            id: string;
            /** @description Where it is monitored; it can be used from every node. */
            node?: string;
            /** @description Secret values are ***. */
            parameters: {
                [key: string]: string;
            };
            role: string;
        };
        FenceHost: {
            /** @description Static delay of this node, where pcmk_delay_base has one for each. */
            delay?: string;
            node: string;
            /** @description The device's own name for it; the node's name where there is no map. */
            plug: string;
        };
        FenceLevel: {
            /** @description Node attribute that the nodes have that it is for; its value is in value. */
            attribute?: string;
            /** @description IDs of fence devices; all of them must succeed. */
            devices: string[] | null;
            id?: string;
            /**
             * Format: int64
             * @description 1 is tried first.
             */
            index: number;
            /** @description The node that it is for. */
            node?: string;
            /** @description Regular expression (POSIX extended) of the nodes' names that it is for. */
            pattern?: string;
            value?: string;
        };
        FenceLevels: {
            /** @description Node attribute that the nodes have that they are for. */
            attribute?: string;
            /** @description The devices of level 1, of level 2, …; all devices of a level must succeed, and the next level is tried only where one fails. */
            levels: (string[] | null)[] | null;
            /** @description The node that they are for. */
            node?: string;
            /** @description Regular expression (POSIX extended) of the names of the nodes that they are for. */
            pattern?: string;
            /** @description The attribute's value. */
            value?: string;
            /** @description What the author has seen; if it has moved on, the answer is 409. */
            version?: components["schemas"]["Version"];
        };
        FencePath: {
            devices: string[] | null;
            /**
             * Format: int64
             * @description 0 where no topology names the node: Pacemaker then takes any device that covers it, one after the other.
             */
            level: number;
            /** @description Devices of the level that are not there, are switched off, or do not know the node: the level fails. */
            missing?: string[] | null;
        };
        FenceRace: {
            /** @description Proposal: the fence device to change. */
            device?: string;
            /** @description Proposal: the node that would win. */
            favours?: string;
            /**
             * @description static: pcmk_delay_base differs between the nodes. random: pcmk_delay_max. priority: priority-fencing-delay, and a resource has a priority.
             * @enum {string}
             */
            kind: "none" | "static" | "random" | "priority";
            /** @description Proposal: its parameter. */
            parameter?: string;
            /** @description Proposal: the value. */
            value?: string;
        };
        FenceRecord: {
            /** @enum {string} */
            action: "reboot" | "off" | "on";
            /** @description User of Hawser who asked, where one did. */
            actor?: string;
            /** Format: date-time */
            at: string;
            /** @description Program that asked, for example pacemaker-controld. */
            client?: string;
            /** @description Node that carried it out. */
            delegate?: string;
            /** @description The device that did it; where several could have, all of them. */
            device?: string;
            /** @description Who was fenced. */
            node: string;
            /** @description Node that asked. */
            origin?: string;
            /** @description It was a test. */
            test?: boolean;
        };
        FenceRequest: {
            /** @enum {string} */
            action: "reboot" | "off";
            /** @description The node's name, typed again. */
            confirm: string;
        };
        FenceTest: {
            /** @description The node's name, typed again. */
            confirm: string;
            /** @description Only with this device; absent: as the cluster would do it. */
            device?: string;
            /** @description Although quorum or a service is lost by it. */
            force?: boolean;
            /** @description The node that is fenced: it is restarted without warning. */
            node: string;
        };
        Fencing: {
            devices: components["schemas"]["FenceDevice"][] | null;
            /** @description stonith-enabled. */
            enabled: boolean;
            /** @description Fencings that failed and that the cluster remembers, newest first. */
            failures: components["schemas"]["FenceAction"][] | null;
            /** @description The fencing topology, level 1 first. */
            levels: components["schemas"]["FenceLevel"][] | null;
            /** @description How each node would be fenced, and when it last was. */
            nodes: components["schemas"]["NodeFencing"][] | null;
            /** @description priority-fencing-delay. */
            priorityDelay?: string;
            /** @description With two nodes: what keeps them from shooting each other at once, or what Hawser proposes. */
            race?: components["schemas"]["FenceRace"];
            /** @description stonith-timeout; Pacemaker's own 60s where it is not set. */
            timeout?: string;
            /** @description Nodes that have never been seen to be fenced. */
            untested: string[] | null;
            /** @description What the cluster is waiting for now; verdict.<code> is its sentence. */
            waiting: components["schemas"]["Reason"][] | null;
            /** @description A node that loses quorum resets itself (have-watchdog and stonith-watchdog-timeout). */
            watchdog: boolean;
            /** @description stonith-watchdog-timeout. */
            watchdogTimeout?: string;
        };
        Field: {
            /** @description Values for the blanks of the sentence. */
            args?: {
                [key: string]: string;
            };
            /** @description The sentence in English. */
            message: string;
            /** @description Path of the field, for example nodes[1].addresses[0]. */
            path: string;
            /** @description Key of the sentence, for example field.required. */
            reason: string;
        };
        Finding: {
            args?: {
                [key: string]: string;
            };
            code: string;
            /** @description The changes that mend it, as check.fix makes them; absent where a person has to decide. */
            fix?: components["schemas"]["Edit"][] | null;
            /** @description Resource, constraint, node or property concerned; empty for the cluster as a whole. */
            object?: string;
            /** @enum {string} */
            severity: "info" | "warning" | "critical";
        };
        FixFinding: {
            /** @description Code of the finding. */
            code: string;
            /** @description What it is about, as check.list has it. */
            object?: string;
        };
        Forecast: {
            /** @description What becomes of each node and resource, in the scheduler's order. */
            actions: components["schemas"]["ForecastAction"][] | null;
            /** @description The cluster has work to do as it is; that is in the forecast, too. */
            busy: boolean;
            detection?: components["schemas"]["Detection"];
            /** @description What the scenario changes in the configuration. Secrets are ***. */
            differences: components["schemas"]["Difference"][] | null;
            /** @description Resources of which only a probe can tell what becomes of them. */
            doubtful?: string[] | null;
            /** @enum {string} */
            engine: "pacemaker" | "simulated";
            /** @description Whether the cluster has quorum afterwards. */
            quorate: boolean;
            /** @description The cluster comes to rest after these steps; false: more would follow, or nobody looked further. */
            rest: boolean;
            /** @description Services that would be interrupted, longest first. */
            services: components["schemas"]["Interruption"][] | null;
            /** @description Every single operation in the order in which it would begin. */
            steps: components["schemas"]["ForecastStep"][] | null;
            /** @description Targets that the changes of the configuration would break, by the failover budgets as they would be. */
            warnings?: components["schemas"]["Finding"][] | null;
        };
        ForecastAction: {
            /** @description The scheduler wants it but cannot. */
            blocked?: boolean;
            /** @description Node where it was. */
            from?: string;
            /** @enum {string} */
            kind: "fence" | "unfence" | "start" | "stop" | "move" | "migrate" | "restart" | "recover" | "reload" | "promote" | "demote";
            /** @description In the scheduler's own words. */
            reason?: string;
            resource?: string;
            /** @description Role afterwards, where it changes. */
            role?: string;
            /** @description The top-level resource that it is a part of. */
            service?: string;
            /** @description Node where it will be. */
            to?: string;
            /**
             * Format: int64
             * @description 0 for the first answer of the scheduler, 1 for what follows once that is done, …
             */
            transition: number;
        };
        ForecastStep: {
            /** Format: int64 */
            beginMs: number;
            /**
             * Format: int64
             * @description Median of what was measured.
             */
            durationMs: number;
            /** @description false: it has never been measured here, and counts as nothing. */
            measured: boolean;
            node?: string;
            /** @description start, stop, monitor, promote, demote, migrate_to, migrate_from, fence … */
            operation: string;
            resource?: string;
            /** Format: int64 */
            transition: number;
        };
        FoundCluster: {
            /** @enum {string} */
            engine?: "pacemaker" | "simulated";
            /** @description Why it cannot be adopted as it is. */
            fault?: components["schemas"]["Fault"];
            name: string;
            /** @description As its corosync.conf has them. */
            nodes: components["schemas"]["FoundNode"][] | null;
            /**
             * Format: int64
             * @description Nodes online.
             */
            online: number;
            quorate: boolean;
            /**
             * Format: int64
             * @description Primitives configured, fence devices apart.
             */
            resources: number;
            running: boolean;
            /**
             * Format: int64
             * @description Primitives that run and have not failed.
             */
            started: number;
            /** @description What would be said of it; findings do not stand in the way. */
            verdict?: components["schemas"]["Verdict"];
        };
        FoundNode: {
            addresses?: string[] | null;
            /** @description Its agent is connected. */
            connected: boolean;
            /** @description It has an enrolled agent. */
            enrolled: boolean;
            name: string;
        };
        Fragment: {
            id?: string;
            /** @description Where it stands, for example configuration/acls. */
            path: string;
            xml: string;
        };
        HaOperation: {
            /** @description For example 10s; 0s where it is not repeated. */
            interval?: string;
            /** @description start, stop, monitor, promote, demote … */
            name: string;
            /** @enum {string} */
            onFail?: "ignore" | "block" | "stop" | "restart" | "standby" | "fence" | "demote" | "restart-container";
            /** @description Any further attribute of the op element, for example start-delay. */
            options?: {
                [key: string]: string;
            };
            /** @description Instance attributes of this operation alone, for example OCF_CHECK_LEVEL. Secret values are ***. */
            parameters?: {
                [key: string]: string;
            };
            role?: string;
            /** @description For example 20s. */
            timeout?: string;
        };
        HaResource: {
            /** @description Class, provider and type, for example ocf:heartbeat:IPaddr2; empty for groups, clones and bundles. */
            agent?: string;
            /** @description Of a bundle: what it runs in; absent in an edit: as before. */
            container?: components["schemas"]["Container"];
            /** @description XML ID: letter or underscore first, then letters, digits, . _ - */
            id: string;
            /** @enum {string} */
            kind: "primitive" | "group" | "clone" | "bundle" | "template";
            /** @description Members of a group, or what a clone or bundle holds. */
            members?: components["schemas"]["HaResource"][] | null;
            /** @description Meta attributes, for example target-role. */
            meta?: {
                [key: string]: string;
            };
            operations?: components["schemas"]["HaOperation"][] | null;
            /** @description Instance attributes. Secret values are ***. */
            parameters?: {
                [key: string]: string;
            };
            /** @description Template that a primitive takes its definition from. */
            template?: string;
            /** @description What it takes of a node's capacity, in whole numbers, for example memory=2048; absent in an edit: as before. */
            utilization?: {
                [key: string]: string;
            };
        };
        HealthAgent: {
            agent: string;
            attribute: string;
            kind: string;
            /** @description What Hawser leaves to it. */
            measures: string[] | null;
            resource: string;
        };
        HealthHistory: {
            node: string;
            /** @description Oldest first. */
            samples: components["schemas"]["HealthSample"][] | null;
        };
        HealthLimits: {
            /**
             * Format: int64
             * @description Percent.
             */
            red: number;
            /**
             * Format: int64
             * @description Percent.
             */
            yellow: number;
        };
        HealthMistake: {
            name: string;
            /** @description Whose attribute; empty for a cluster property. */
            node?: string;
            value: string;
            /** @description The word that is wrong, or what is wrong with it. */
            why: string;
        };
        HealthNode: {
            /**
             * @description The worst of all kinds, as the cluster knows them.
             * @enum {string}
             */
            colour: "green" | "yellow" | "red";
            /** @description What it measures; absent where its agent has not told. */
            health?: components["schemas"]["NodeHealth"];
            node: string;
            online: boolean;
            /** @description Kinds for which it has rules of its own. */
            own: string[] | null;
            /** @description The rules that hold on it, its own or the cluster's. */
            rules: components["schemas"]["HealthRules"];
        };
        HealthPlan: {
            /** @description What the nodes would be, as soon as the values have lasted. */
            colours: components["schemas"]["NodeColour"][] | null;
            forecast: components["schemas"]["Forecast"];
            held: string[] | null;
            policy: components["schemas"]["HealthPolicy"];
            scores: components["schemas"]["HealthScores"];
            /** @description Nodes that are online and have not told what they measure: they count as they are coloured now. */
            unknown: string[] | null;
        };
        HealthPolicy: {
            /** @description Load of all processors. */
            cpu: components["schemas"]["HealthRule"];
            /** @description The fullest of the mount points; where asked for also waiting for disks, and SMART. */
            disk: components["schemas"]["HealthRule"];
            /** @description Top-level resources that the colours do not concern. */
            except?: string[] | null;
            /** @description Memory that is not available to programs. */
            mem: components["schemas"]["HealthRule"];
            /**
             * @description off: nothing. red: what runs on a red node moves. yellow: what runs on a red or yellow node moves. prefer: nothing moves, what starts prefers greener nodes.
             * @enum {string}
             */
            move: "off" | "red" | "yellow" | "prefer";
            /** @description Nodes with rules of their own. */
            nodes?: components["schemas"]["NodeHealthRules"][] | null;
        };
        HealthQuestion: {
            /** @description Colours that are thought of; what is not named is as it is measured now. */
            colours?: components["schemas"]["NodeColour"][] | null;
            /** @description A policy that is thought of; absent: the one that is. */
            policy?: components["schemas"]["HealthPolicy"];
        };
        HealthReading: {
            /**
             * @description What this measure by itself makes of the node.
             * @enum {string}
             */
            colour?: "green" | "yellow" | "red";
            /** @description Why it cannot be measured; the colour stays what it was. */
            error?: string;
            /** @enum {string} */
            measure: "cpu" | "mem" | "space" | "iowait" | "smart";
            /** @description Mount point or disk, the worst of them. */
            object?: string;
            /**
             * Format: double
             * @description In whole percent; a small change is told late.
             */
            percent: number;
            /** Format: int64 */
            red?: number;
            /**
             * Format: int64
             * @description Threshold in force; absent where the kind is off.
             */
            yellow?: number;
        };
        HealthRule: {
            /**
             * Format: int64
             * @description How long it must be away until the colour becomes better.
             */
            backSeconds: number;
            /** @description disk: time that processors wait for disks; absent: not watched. */
            iowait?: components["schemas"]["HealthLimits"];
            /**
             * Format: int64
             * @description How long a value must be there until the colour becomes worse.
             */
            lastsSeconds: number;
            /**
             * Format: int64
             * @description Points by which it must be below the threshold in order to count as away.
             */
            margin: number;
            /** @description disk: mount points that are watched; absent: /. */
            mounts?: string[] | null;
            on: boolean;
            /**
             * Format: int64
             * @description Percent from which on it is red.
             */
            red: number;
            /** @description disk: a disk whose own verdict (smartctl) is that it fails is red. */
            smart?: boolean;
            /**
             * Format: int64
             * @description Percent from which on it is yellow.
             */
            yellow: number;
        };
        HealthRules: {
            cpu: components["schemas"]["HealthRule"];
            disk: components["schemas"]["HealthRule"];
            mem: components["schemas"]["HealthRule"];
        };
        HealthSample: {
            /** Format: date-time */
            at: string;
            /** @description Percent by measure: cpu, mem, space, iowait, smart. */
            values: {
                [key: string]: number;
            };
        };
        HealthScores: {
            /**
             * Format: int64
             * @description What every node has, so that the sum is never negative: the last node is not emptied.
             */
            base: number;
            /** Format: int64 */
            red: number;
            /** Format: int64 */
            yellow: number;
        };
        HealthShown: {
            /** @description Resources of the cluster that colour nodes by themselves; Hawser leaves to them what they measure. */
            agents: components["schemas"]["HealthAgent"][] | null;
            /** @description Services whose stickiness is above what red costs: they stay on a red node. With prefer: services that follow nevertheless. */
            held: string[] | null;
            /** @description Values in the configuration that cannot be read; what they are about is off. */
            mistakes: components["schemas"]["HealthMistake"][] | null;
            nodes: components["schemas"]["HealthNode"][] | null;
            policy: components["schemas"]["HealthPolicy"];
            /** @description What Pacemaker weighs colours with; all 0 where it is off. */
            scores: components["schemas"]["HealthScores"];
            /** @description Resources that may be excepted. */
            services: string[] | null;
            /** @description Send it back with a change. */
            version?: components["schemas"]["Version"];
        };
        Host: {
            /** @description Version of its agent. */
            agent: string;
            /** @description Cluster that it belongs to. */
            cluster?: string;
            connected: boolean;
            /** Format: date-time */
            enrolled: string;
            /**
             * Format: date-time
             * @description End of its certificate.
             */
            expires: string;
            facts: components["schemas"]["Facts"];
            id: string;
            name: string;
            revoked: boolean;
            /** Format: date-time */
            seen?: string;
            /** @description Clusters whose quorum device it is. */
            serves?: string[] | null;
        };
        HostPreflight: {
            checks: components["schemas"]["Check"][] | null;
            fault?: components["schemas"]["Fault"];
            host: string;
        };
        InspectedNode: {
            fault?: components["schemas"]["Fault"];
            inspection?: components["schemas"]["DiskInspection"];
            node: string;
        };
        Interface: {
            /** @description Addresses with prefix length, for example 10.0.0.1/24. */
            addresses: string[] | null;
            /** Format: int64 */
            mtu: number;
            name: string;
            up: boolean;
        };
        Interruption: {
            /**
             * Format: int64
             * @description The part of it until the failure is noticed.
             */
            detectMs?: number;
            /** @description false: it does not come back by itself. */
            ends: boolean;
            /** @description Every part of it has been measured; false: it is at least this long. */
            exact: boolean;
            /**
             * Format: int64
             * @description The part of it that fencing takes.
             */
            fenceMs?: number;
            /** @description What was never measured, for example start of db, or fencing of n1. */
            missing?: string[] | null;
            /**
             * Format: int64
             * @description From the moment at which it stops to work until it works again, with the time until its failure is noticed.
             */
            outageMs: number;
            /** @description The top-level resource. */
            service: string;
        };
        KindHealth: {
            /** @description The resource that does. */
            agent?: string;
            /**
             * @description As the cluster knows it; absent where the node is not coloured by this kind.
             * @enum {string}
             */
            colour?: "green" | "yellow" | "red";
            /** @enum {string} */
            kind: "cpu" | "mem" | "disk";
            /**
             * @description Why it is not coloured: smart migration is off, this kind is off, or a resource of the cluster does it.
             * @enum {string}
             */
            off?: "off" | "kind_off" | "agent";
            readings?: components["schemas"]["HealthReading"][] | null;
            /**
             * Format: date-time
             * @description Since when it has this colour, as far as the agent knows.
             */
            since?: string;
        };
        License: {
            /** @description Why nothing may be added. Only what makes something grow is barred. */
            barred?: components["schemas"]["Fault"];
            /** @description This machine's clock was set back; time goes on from where it was. */
            clockBack?: boolean;
            /**
             * Format: int64
             * @description Days until then, begun ones count; 0 where there is no end.
             */
            daysLeft: number;
            /** @description A build that trusts no vendor: it takes no licence. */
            development?: boolean;
            /** @description The licence that counts; none during the trial. */
            inForce?: components["schemas"]["LicenseShown"];
            /** @description All licences that were given to this server, the one in force too. */
            kept: components["schemas"]["LicenseShown"][] | null;
            /**
             * Format: date-time
             * @description The latest time that this server has seen; days are counted from it.
             */
            reached: string;
            /**
             * @description By the trial, by a licence, by a licence whose token is missing for the moment, or not at all.
             * @enum {string}
             */
            state: "trial" | "valid" | "grace" | "barred";
            trial: components["schemas"]["LicenseTrial"];
            ukey: components["schemas"]["LicenseUkey"];
            /**
             * Format: date-time
             * @description First moment after the end of the trial or of the licence in force; absent where there is no end.
             */
            until?: string;
            use: components["schemas"]["LicenseUse"];
            /**
             * Format: int64
             * @description Requests that no code has answered yet.
             */
            waiting: number;
            /** @description It ends soon enough to be told: within 60 days, or 30 for the trial. */
            warn?: boolean;
        };
        LicenseActivated: {
            /** @description What was in force until then. */
            before?: components["schemas"]["LicenseShown"];
            /** @description It is the one that counts now; otherwise another one allows more, or it does not hold yet. */
            inForce: boolean;
            kept: boolean;
            /** @description What was given. */
            license: components["schemas"]["LicenseShown"];
        };
        LicenseRequest: {
            /** Format: date-time */
            at: string;
            by: string;
            /** Format: int64 */
            clusters: number;
            customer: string;
            /** @description Beginning of its hash, to tell it from others. */
            id: string;
            /** Format: int64 */
            nodes: number;
            /** @description The same as a QR code: a picture in PNG. */
            qr: string;
            /** @description The request, in groups with check characters. */
            text: string;
        };
        LicenseShown: {
            /** Format: date-time */
            added?: string;
            /** @description Who gave it to this server. */
            by?: string;
            /**
             * Format: int64
             * @description How many at most; 0 for any number.
             */
            clusters: number;
            customer: string;
            /** @description Why it does not count, where it does not. */
            fault?: components["schemas"]["Fault"];
            features: string[] | null;
            /** @description First day on which it holds. */
            from: string;
            /** @description A day in UTC, for example 2026-11-29. */
            issued: string;
            /** @enum {string} */
            kind: "trial" | "node" | "ukey" | "site";
            /**
             * Format: int64
             * @description How many at most; 0 for any number.
             */
            nodes: number;
            /** Format: int32 */
            number: number;
            site?: string;
            /** @description Last day on which it holds; never where there is no end. */
            until: string;
        };
        LicenseTrial: {
            over?: boolean;
            /** Format: date-time */
            since: string;
            /** Format: date-time */
            until: string;
        };
        LicenseUkey: {
            /** @description What is wrong with library or token. */
            fault?: components["schemas"]["Fault"];
            /**
             * Format: int64
             * @description How long a licence counts after its token was pulled out.
             */
            graceHours: number;
            /**
             * Format: date-time
             * @description Until when the licence counts without it.
             */
            graceUntil?: string;
            /** @description Of the token that the configuration asks for; any where empty. */
            label?: string;
            /** @description The PKCS #11 library that the server's configuration names; none where empty. */
            module?: string;
            /** @description The token has refused it: it is not tried again before another one is given. */
            pinRefused?: boolean;
            /** @description A PIN is kept. It is written, never read. */
            pinSet?: boolean;
            /**
             * Format: date-time
             * @description When it last proved the licence.
             */
            proved?: string;
            serial?: string;
            /** @description Label of the token that is there. */
            token?: string;
        };
        LicenseUse: {
            /** Format: int64 */
            clusters: number;
            /** Format: int64 */
            nodes: number;
        };
        Link: {
            /**
             * @description network where absent.
             * @enum {string}
             */
            kind?: "network" | "disk";
            /**
             * Format: int64
             * @description Corosync's link number: 0 to 6 for a network, 7 for the disk.
             */
            number: number;
            /**
             * Format: int64
             * @description Milliseconds between pings; 0: a tenth of the token, 100 at least.
             */
            pingInterval?: number;
            /**
             * Format: int64
             * @description Milliseconds without an answer until the link counts as cut; 0: three tenths of the token, 300 at least.
             */
            pingTimeout?: number;
            /**
             * Format: int64
             * @description Answers in a row until it counts as connected; 0: 2.
             */
            pongCount?: number;
            /**
             * Format: int64
             * @description The connected link of the highest priority carries everything; 0: the first link before the second …
             */
            priority?: number;
        };
        LinkChange: {
            /** @description Address by node, of the nodes whose address changes. */
            addresses?: {
                [key: string]: string;
            };
            /**
             * Format: int64
             * @description Milliseconds; 0 for both times: they follow from the token.
             */
            pingInterval?: number;
            /** Format: int64 */
            pingTimeout?: number;
            /**
             * Format: int64
             * @description 0: two.
             */
            pongCount?: number;
            /**
             * Format: int64
             * @description 0: follows from its place.
             */
            priority?: number;
        };
        LinkEnd: {
            address: string;
            /** @description Empty where no interface of the host has the address, or the host is not known. */
            interface?: string;
            /**
             * Format: int64
             * @description Of the interface.
             */
            mtu?: number;
            network?: string;
            node: string;
            /** @description The interface is up. */
            up: boolean;
        };
        LinkShown: {
            /** @description Its times follow from the token. */
            auto: boolean;
            /** @description Its priority follows from its place. */
            autoPriority: boolean;
            ends: components["schemas"]["LinkEnd"][] | null;
            /**
             * @description network where absent.
             * @enum {string}
             */
            kind?: "network" | "disk";
            /**
             * Format: int64
             * @description Corosync's link number: 0 to 6 for a network, 7 for the disk.
             */
            number: number;
            /**
             * Format: int64
             * @description Milliseconds between pings; 0: a tenth of the token, 100 at least.
             */
            pingInterval?: number;
            /**
             * Format: int64
             * @description Milliseconds without an answer until the link counts as cut; 0: three tenths of the token, 300 at least.
             */
            pingTimeout?: number;
            /**
             * Format: int64
             * @description Answers in a row until it counts as connected; 0: 2.
             */
            pongCount?: number;
            /**
             * Format: int64
             * @description The connected link of the highest priority carries everything; 0: the first link before the second …
             */
            priority?: number;
        };
        LinkState: {
            /** @description The looking node's own address on this link. */
            address?: string;
            connected: boolean;
            /**
             * Format: int64
             * @description How often it was given up since Corosync started.
             */
            cuts?: number;
            enabled: boolean;
            /**
             * @description network where absent.
             * @enum {string}
             */
            kind?: "network" | "disk";
            /**
             * Format: int64
             * @description Average latency in microseconds.
             */
            latencyUs?: number;
            /**
             * Format: int64
             * @description Corosync's link number, 0 to 7.
             */
            link: number;
            /**
             * Format: double
             * @description Pings without an answer, in percent, lately.
             */
            lossPercent?: number;
            /**
             * Format: int64
             * @description Bytes of data that a packet carries, as knet has found.
             */
            mtu?: number;
            /** @description Who looks. */
            node: string;
            /** @description At whom. */
            peer: string;
            /** @description The looking node's disk does not answer. */
            stalled?: boolean;
            /**
             * Format: int64
             * @description Longest latency since the link came up, in microseconds.
             */
            worstUs?: number;
        };
        LinkTiming: {
            /** Format: int64 */
            link: number;
            /** Format: int64 */
            pingInterval: number;
            /** Format: int64 */
            pingTimeout: number;
            /** Format: int64 */
            pongCount: number;
            /**
             * Format: int64
             * @description Until a cut link is given up and the next one is taken.
             */
            recoveryMs: number;
        };
        Links: {
            /** @description Only what is wrong: one link, a shared interface or subnet, MTUs that differ, an address that no interface has. */
            checks: components["schemas"]["Check"][] | null;
            /**
             * Format: int64
             * @description Number that the next network link gets; -1 where there are seven.
             */
            free: number;
            /** @description In the order of their numbers. */
            links: components["schemas"]["LinkShown"][] | null;
            /** @description Every link as every node sees it towards every other. */
            matrix: components["schemas"]["LinkState"][] | null;
            /** @description Whose corosync.conf is which. */
            nodes: components["schemas"]["ConfNode"][] | null;
        };
        Live: {
            cluster?: string;
            event?: components["schemas"]["Event"];
            id?: string;
            operation?: components["schemas"]["Operation"];
            /** Format: int64 */
            seq: number;
            /** @enum {string} */
            topic: "hello" | "cluster" | "host" | "operation" | "revision" | "event" | "alarm" | "message" | "channel" | "alertrule" | "silence" | "license" | "bundle" | "target" | "demo";
        };
        LockRules: {
            /**
             * Format: int64
             * @description So many failed logins in a row are free; each further one doubles the wait.
             */
            failures: number;
            /**
             * Format: int64
             * @description The first wait.
             */
            firstSeconds: number;
            /**
             * Format: int64
             * @description The longest wait.
             */
            longestMinutes: number;
        };
        LogBundle: {
            /** @description Who asked for it. */
            actor: string;
            /**
             * Format: int64
             * @description Size of the file.
             */
            bytes?: number;
            cluster: string;
            /** Format: date-time */
            created: string;
            /**
             * Format: date-time
             * @description When the server deletes it.
             */
            expires?: string;
            /** @description Why there is no bundle. A node that fails alone is named in nodes. */
            fault?: components["schemas"]["Fault"];
            /** @description Its name when it is downloaded. */
            file?: string;
            id: string;
            nodes: components["schemas"]["LogBundleNode"][] | null;
            /** Format: int64 */
            percent: number;
            sha256?: string;
            /** Format: date-time */
            since: string;
            /** @enum {string} */
            state: "collecting" | "ready" | "failed";
            /** Format: date-time */
            until: string;
        };
        LogBundleNode: {
            /**
             * Format: int64
             * @description What has been sent, compressed.
             */
            bytes?: number;
            fault?: components["schemas"]["Fault"];
            /** Format: int64 */
            files?: number;
            node: string;
            /** Format: int64 */
            percent: number;
            /** @description What is being collected. */
            source?: string;
            /** @enum {string} */
            state: "waiting" | "collecting" | "sending" | "done" | "failed";
        };
        Login: {
            bearer?: boolean;
            /** @description Of the second factor, where the user has one: six digits, or a recovery code. */
            code?: string;
            name: string;
            password: string;
        };
        MailSettings: {
            /** @description Certificates (PEM) that are trusted beside the system's. */
            ca?: string;
            /** @description The nodes keep a copy of these settings and send themselves while this server is away. */
            fromNodes?: boolean;
            /** @description No login where empty. */
            login?: string;
            /** @description Written, never read. Absent: as it was. */
            password?: string;
            /** @description There is a password; ignored when it is written. */
            passwordSet?: boolean;
            /** Format: int64 */
            port: number;
            recipients: string[] | null;
            /**
             * @description starttls is required where it is chosen: without it nothing is sent.
             * @enum {string}
             */
            security: "starttls" | "tls" | "none";
            sender: string;
            /** @description Name or address of the SMTP server. */
            server: string;
        };
        Manifest: {
            cluster: string;
            /** @description CIB version that was written. */
            version: components["schemas"]["Version"];
            /** @description Secrets are *** in it; *** leaves a secret as it is. */
            yaml: string;
        };
        ManifestChange: {
            /** @description Contents of the files that values refer to with fromFile, by their names in the YAML. */
            files?: {
                [key: string]: string;
            };
            /** @description What the author has seen; if it has moved on, the answer is 409. */
            version?: components["schemas"]["Version"];
            yaml: string;
        };
        ManifestComparison: {
            /** @description From the file to the cluster. Secrets are not compared. */
            differences: components["schemas"]["Difference"][] | null;
            /** @description CIB version that was compared. */
            version: components["schemas"]["Version"];
        };
        ManifestContents: {
            cluster: string;
            /** Format: int64 */
            constraints: number;
            /** @description Heartbeat links that a network carries. */
            links: components["schemas"]["ManifestLink"][] | null;
            needs: components["schemas"]["MappingNeed"][] | null;
            nodes: string[] | null;
            resources: components["schemas"]["HaResource"][] | null;
            /** @description What lies outside of the nodes and is not carried over. */
            stays: ("disk_heartbeat" | "quorum_device")[] | null;
        };
        ManifestFile: {
            /** @description Contents of the files that values refer to with fromFile. */
            files?: {
                [key: string]: string;
            };
            yaml: string;
        };
        ManifestLink: {
            /** @description In the order of the nodes. */
            addresses: string[] | null;
            /** Format: int64 */
            number: number;
        };
        ManifestPlan: {
            differences: components["schemas"]["Difference"][] | null;
            /**
             * Format: int64
             * @description Changes to be made in one patch; 0 where there is nothing to do.
             */
            edits: number;
            /** @description CIB version that it was compared with; give it when the file is applied. */
            version: components["schemas"]["Version"];
        };
        MappingNeed: {
            /**
             * @description The part of a mapping that answers it: addresses, devices, secrets.
             * @enum {string}
             */
            kind: "address" | "device" | "secret";
            parameter: string;
            /** @description Where it stands in the file; a fault names it so. */
            path: string;
            resource: string;
            /** @description Its key there. */
            value: string;
        };
        Measured: {
            /**
             * Format: int64
             * @description By how much a program was woken too late at worst, on the worst node.
             */
            jitterUs: number;
            /**
             * Format: int64
             * @description Average latency of the slowest pair over its best link, in microseconds.
             */
            latencyUs: number;
            /**
             * Format: double
             * @description Pings lost lately on the worst link, in percent.
             */
            lossPercent: number;
            /**
             * Format: int64
             * @description Longest pause that Corosync itself has noted on any node.
             */
            missedUs: number;
            /**
             * Format: int64
             * @description Token that bears what was measured four times over.
             */
            needsMs: number;
            /**
             * Format: int64
             * @description Longest latency of that kind.
             */
            worstUs: number;
        };
        MeasuredHost: {
            fault?: components["schemas"]["Fault"];
            /** Format: int64 */
            jitterUs: number;
            /**
             * Format: int64
             * @description Longest pause that Corosync itself has noted.
             */
            missedUs?: number;
            node: string;
        };
        Message: {
            alarms: number[] | null;
            /** Format: int64 */
            attempts: number;
            /** @description Who has sent it, where that was a node; who has given it up. */
            by?: string;
            channel: string;
            cluster?: string;
            /** Format: date-time */
            created: string;
            /**
             * Format: date-time
             * @description When it is tried next.
             */
            due?: string;
            /** @description Why the last attempt failed. */
            fault?: components["schemas"]["Fault"];
            /** Format: int64 */
            id: number;
            messageId: string;
            recipient?: string;
            /** @description It may have arrived twice: an attempt ended so that nobody knows. Both have the same message ID. */
            repeat?: boolean;
            /** Format: date-time */
            sent?: string;
            /** @enum {string} */
            severity: "info" | "warning" | "critical";
            /** @enum {string} */
            state: "queued" | "sending" | "trying" | "sent" | "gave_up";
            /** @description Absent as long as what follows is gathered. */
            subject?: string;
        };
        Migration: {
            cluster: string;
            /** @description What the mapping changes in the configuration. */
            differences: components["schemas"]["Difference"][] | null;
            setup: components["schemas"]["Setup"];
            /** @description The file with the new names. Values that came from files stand in it: keep it as carefully. */
            yaml: string;
        };
        MigrationRequest: {
            /** @description Contents of the files that values of either refer to with fromFile. */
            files?: {
                [key: string]: string;
            };
            /** @description YAML or JSON: what nodes, addresses and devices are called over there. */
            mapping: string;
            /** @description As config.export gives it with setup. */
            yaml: string;
        };
        MoveResource: {
            /** @description How long it is held there, for example 30min, 8h or 2d. Absent: it stays there only by its stickiness. */
            lifetime?: string;
            /** @description Where to; empty for anywhere else. */
            node?: string;
        };
        Moved: {
            /** @enum {string} */
            action: "move" | "start" | "stop";
            /**
             * Format: date-time
             * @description When the scheduler decided it.
             */
            at: string;
            causes: components["schemas"]["Cause"][] | null;
            from?: string;
            to?: string;
        };
        NewChannel: {
            enabled: boolean;
            /** @enum {string} */
            kind: "mail" | "webhook" | "wecom" | "dingtalk";
            /** @enum {string} */
            language: "zh" | "en";
            mail?: components["schemas"]["MailSettings"];
            name: string;
            /** @description Subject of its own with blanks such as {{cluster}}; the usual one where empty. */
            subject?: string;
            /** @description Text of its own with blanks such as {{what}}; the usual one where empty. */
            text?: string;
            webhook?: components["schemas"]["WebhookSettings"];
        };
        NewDiskHeartbeat: {
            /** @description What is on the disk and may be lost, by the names that the refusal gives. All of it has to be named. */
            destroy?: string[] | null;
            /** @description Path of the shared disk, the same on all nodes: its most stable name below /dev. At least 34 MiB. */
            device: string;
            /** @description Network of the link's addresses, 24 bits; 192.168.250.0/24 where absent. A node's address ends with its ID. */
            prefix?: string;
        };
        NewLicenseRequest: {
            /**
             * Format: int64
             * @description How many clusters are wanted; any number where 0.
             */
            clusters?: number;
            /** @description Who asks, as it is to stand in the licence. */
            customer: string;
            /**
             * Format: int64
             * @description How many nodes are wanted; any number where 0.
             */
            nodes?: number;
        };
        NewLink: {
            /** @description Address by node: every node needs one, on an interface of its own. */
            addresses: {
                [key: string]: string;
            };
            /**
             * Format: int64
             * @description The lowest that is free where absent.
             */
            number?: number;
            /**
             * Format: int64
             * @description Milliseconds; 0: follows from the token.
             */
            pingInterval?: number;
            /**
             * Format: int64
             * @description Milliseconds; 0: follows from the token.
             */
            pingTimeout?: number;
            /** Format: int64 */
            pongCount?: number;
            /**
             * Format: int64
             * @description 0: after the links that are there.
             */
            priority?: number;
        };
        NewLogBundle: {
            /** @description Only of these nodes; of all where it is not given. */
            nodes?: string[] | null;
            /**
             * Format: date-time
             * @description Begin of the span; two hours before its end where it is not given.
             */
            since?: string;
            /**
             * Format: date-time
             * @description End of the span; now where it is not given.
             */
            until?: string;
        };
        NewRemote: {
            /** @description Where the members reach it: an address of the host. Absent: one in a network that all members are in. */
            address?: string;
            /**
             * Format: int64
             * @description TCP port of pacemaker_remote; 3121 where it is not given.
             */
            port?: number;
        };
        NewReplica: {
            /** @description IP address for replication; that of the first heartbeat link where absent. */
            address?: string;
            /** @description What is on the disk and may be destroyed, by the names that volume.check shows: all of it. */
            destroy?: string[] | null;
            /** @description Block device that is given away whole. */
            disk: string;
            node: string;
        };
        NewResource: {
            constraints?: components["schemas"]["Constraint"][] | null;
            /** @description Group that it becomes the last member of. */
            group?: string;
            resource: components["schemas"]["HaResource"];
        };
        NewSilence: {
            cluster?: string;
            /** @description A kind of alarm; node.* for all of nodes. */
            kind?: string;
            object?: string;
            reason: string;
            /**
             * Format: date-time
             * @description At once where it is absent.
             */
            since?: string;
            /** Format: date-time */
            until: string;
        };
        NewToken: {
            /** @description Only these clusters. */
            clusters?: string[] | null;
            /**
             * Format: int64
             * @description So many days until it expires.
             */
            days: number;
            /** @description What it is for. */
            label: string;
            /**
             * @description It may do what both this role and its user's may.
             * @enum {string}
             */
            role: "admin" | "operator" | "viewer" | "security" | "auditor";
        };
        NewUser: {
            name: string;
            password: string;
            /** @enum {string} */
            role: "admin" | "operator" | "viewer" | "security" | "auditor";
        };
        NewVolume: {
            /**
             * @description drbd where absent; mirror is Hawser's own, without a kernel module (preview).
             * @enum {string}
             */
            driver?: "drbd" | "mirror";
            /** @description Node whose data are kept; the first where absent. */
            from?: string;
            /**
             * Format: int64
             * @description Of DRBD: number of the device, the 3 of /dev/drbd3; the first free one where absent.
             */
            minor?: number;
            name: string;
            /** @description Options of the driver, by section and name, over Hawser's own. */
            options?: {
                [key: string]: {
                    [key: string]: string;
                };
            };
            /**
             * Format: int64
             * @description TCP port; the first free one from 7788 where absent.
             */
            port?: number;
            /**
             * @description C where absent.
             * @enum {string}
             */
            protocol?: "A" | "B" | "C";
            replicas: components["schemas"]["NewReplica"][] | null;
            /**
             * @description skip only for blank disks; full where absent.
             * @enum {string}
             */
            sync?: "full" | "skip";
        };
        Node: {
            /** @description Heartbeat addresses, one for each link. */
            addresses?: string[] | null;
            /** @description Its permanent attributes and its capacity. */
            config?: components["schemas"]["NodeConfig"];
            /** @description Its agent is connected to this server. */
            connected: boolean;
            /** @description Of a remote or guest node: the resource by which the cluster reaches it; of a guest, what carries it. */
            connection?: string;
            dc: boolean;
            /** @description It has an agent that is enrolled with this server; without one, others tell of it. */
            enrolled: boolean;
            facts?: components["schemas"]["Facts"];
            /**
             * @description member runs Corosync and has a vote; remote runs pacemaker_remote alone; guest the same inside of what a resource runs.
             * @enum {string}
             */
            kind: "member" | "remote" | "guest" | "ping";
            lastFence?: components["schemas"]["FenceAction"];
            links?: components["schemas"]["LinkState"][] | null;
            maintenance: boolean;
            name: string;
            online: boolean;
            /** @description Primitives that run there. */
            resources: string[] | null;
            standby: boolean;
            state?: components["schemas"]["NodeState"];
            /** @description Of a remote or guest node: the node on which that resource runs. */
            through?: string;
            unclean: boolean;
        };
        NodeColour: {
            /** @enum {string} */
            colour: "green" | "yellow" | "red";
            /** @enum {string} */
            kind: "cpu" | "mem" | "disk";
            node: string;
        };
        NodeConfig: {
            /** @description Permanent node attributes, for example standby. */
            attributes?: {
                [key: string]: string;
            };
            id: string;
            /** @enum {string} */
            kind?: "member" | "remote" | "ping";
            name: string;
            /** @description Its capacity, in whole numbers, for example memory=65536. */
            utilization?: {
                [key: string]: string;
            };
        };
        NodeFencing: {
            /** @description At least one way is whole. */
            covered: boolean;
            /** @description Its last fencing, where that failed. */
            failure?: components["schemas"]["FenceAction"];
            /** @description A remote node on which nothing runs: nothing waits for its fencing. */
            idle?: boolean;
            /** @description Its last successful fencing, kept by the server. */
            last?: components["schemas"]["FenceRecord"];
            node: string;
            /** @description The ways to fence it, in order. */
            paths: components["schemas"]["FencePath"][] | null;
            /** @description It is a remote node: the members' watchdogs do not fence it. */
            remote?: boolean;
        };
        NodeHealth: {
            kinds: components["schemas"]["KindHealth"][] | null;
            node: string;
        };
        NodeHealthRules: {
            cpu?: components["schemas"]["HealthRule"];
            disk?: components["schemas"]["HealthRule"];
            mem?: components["schemas"]["HealthRule"];
            node: string;
        };
        NodeLoss: {
            /**
             * Format: int64
             * @description Until the rest have agreed on a membership.
             */
            consensusMs: number;
            /**
             * Format: int64
             * @description Token and consensus: the cluster goes on without the node.
             */
            detectionMs: number;
            /**
             * Format: int64
             * @description At most, until the node is fenced; 0 without fencing.
             */
            fencingMs: number;
            /**
             * Format: int64
             * @description How long the last failover really took, as the cluster reports it.
             */
            lastOutageMs?: number;
            /**
             * Format: int64
             * @description At most, until the service with the longest start time-outs is up; 0 without services.
             */
            startMs: number;
            /**
             * Format: int64
             * @description Until the token counts as lost: with what is added for each node beyond two.
             */
            tokenMs: number;
        };
        NodeState: {
            /** @description Transient and permanent node attributes. */
            attributes?: {
                [key: string]: string;
            };
            /** @description Of a remote or guest node: the resource by which the cluster reaches it; of a guest, what carries it. */
            connection?: string;
            dc?: boolean;
            /** @enum {string} */
            health?: "green" | "yellow" | "red";
            id: string;
            /**
             * @description member runs Corosync and has a vote; remote runs pacemaker_remote alone; guest the same inside of what a resource runs.
             * @enum {string}
             */
            kind?: "member" | "remote" | "guest" | "ping";
            maintenance: boolean;
            name: string;
            online: boolean;
            /** @description Joining. */
            pending?: boolean;
            /** @description IDs of primitives that run there. */
            resources: string[] | null;
            shutdown?: boolean;
            standby: boolean;
            /** @description Of a remote or guest node: the node on which that resource runs. */
            through?: string;
            /** @description State unknown; must be fenced before its resources may start elsewhere. */
            unclean?: boolean;
        };
        NotThere: {
            causes: components["schemas"]["Cause"][] | null;
            node: string;
            /** @description What the scheduler gives it there, when all is added up. */
            score?: string;
        };
        OK: {
            ok: boolean;
        };
        OpMatch: {
            interval?: string;
            name: string;
        };
        Operation: {
            actor: string;
            cluster?: string;
            /** Format: date-time */
            ended?: string;
            fault?: components["schemas"]["Fault"];
            id: string;
            /** @description The route's name, for example cluster.create. */
            kind: string;
            /** @description Node or resource concerned. */
            object?: string;
            /** Format: int64 */
            percent: number;
            /** Format: int64 */
            revision?: number;
            /** Format: date-time */
            started: string;
            /** @enum {string} */
            state: "pending" | "running" | "succeeded" | "failed" | "rolled_back";
            steps: components["schemas"]["Step"][] | null;
        };
        OptionDanger: {
            code: string;
            value: string;
        };
        Outage: {
            /** Format: date-time */
            at: string;
            from?: string;
            resource: string;
            to: string;
            /**
             * Format: int64
             * @description From the first sign of failure to started again, as the cluster reports it, in milliseconds.
             */
            tookMs: number;
        };
        PageAccess: {
            items: components["schemas"]["Access"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageAgentName: {
            items: components["schemas"]["AgentName"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageAlarm: {
            items: components["schemas"]["Alarm"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageAlertRule: {
            items: components["schemas"]["AlertRule"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageAttributeSet: {
            items: components["schemas"]["AttributeSet"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageAuditEntry: {
            items: components["schemas"]["AuditEntry"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageBudget: {
            items: components["schemas"]["Budget"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageChannel: {
            items: components["schemas"]["Channel"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageCluster: {
            items: components["schemas"]["Cluster"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageClusterOption: {
            items: components["schemas"]["ClusterOption"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageConstraint: {
            items: components["schemas"]["Constraint"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageEvent: {
            items: components["schemas"]["Event"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageFinding: {
            items: components["schemas"]["Finding"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageFoundCluster: {
            items: components["schemas"]["FoundCluster"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageHost: {
            items: components["schemas"]["Host"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageLicenseRequest: {
            items: components["schemas"]["LicenseRequest"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageLogBundle: {
            items: components["schemas"]["LogBundle"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageMessage: {
            items: components["schemas"]["Message"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageNode: {
            items: components["schemas"]["Node"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageOperation: {
            items: components["schemas"]["Operation"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageResource: {
            items: components["schemas"]["Resource"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageRevision: {
            items: components["schemas"]["Revision"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageSilence: {
            items: components["schemas"]["Silence"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageTagShown: {
            items: components["schemas"]["TagShown"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageTargetShown: {
            items: components["schemas"]["TargetShown"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageUser: {
            items: components["schemas"]["User"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageVolumeShown: {
            items: components["schemas"]["VolumeShown"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PasswordChange: {
            current: string;
            new: string;
        };
        PasswordRules: {
            /**
             * Format: int64
             * @description How many of small letters, capitals, digits and other characters must occur.
             */
            classes: number;
            /** @description A password that somebody else has set has to be changed at the first login. */
            firstChange: boolean;
            /**
             * Format: int64
             * @description It is none of the last so many.
             */
            history: number;
            /**
             * Format: int64
             * @description After so many days another has to be chosen; 0 for never.
             */
            maxAgeDays: number;
            /**
             * Format: int64
             * @description Characters at least.
             */
            minLength: number;
        };
        Ping: {
            /** @description What every node pings: 1 to 8 addresses outside of the cluster, for example the gateway of the clients' network. */
            addresses: string[] | null;
            /** @description How often is pinged; 2s where it is not given. */
            interval?: string;
            /** @description IDs of resources and groups that run only where enough addresses answer. */
            protect?: string[] | null;
            /**
             * Format: int64
             * @description How many addresses must answer; 1 where it is not given.
             */
            threshold?: number;
        };
        PlaceResource: {
            /** @description The member before which it stands; empty for last. */
            before?: string;
            /** @description The group; empty takes it out of its group. */
            group?: string;
        };
        Policy: {
            lock: components["schemas"]["LockRules"];
            password: components["schemas"]["PasswordRules"];
            /**
             * @description Who has to have a second factor.
             * @enum {string}
             */
            secondFactor: "optional" | "administrators" | "everybody";
            /** @description System, security and audit are administered by different people (三员分立). */
            separation: boolean;
            session: components["schemas"]["SessionRules"];
        };
        PolicyChange: {
            lock?: components["schemas"]["LockRules"];
            password?: components["schemas"]["PasswordRules"];
            /** @enum {string} */
            secondFactor?: "optional" | "administrators" | "everybody";
            separation?: boolean;
            session?: components["schemas"]["SessionRules"];
        };
        PortMapping: {
            /** @description Port inside; the same where absent. */
            internal?: string;
            port?: string;
            /** @description A range of ports instead, for example 8000-8010. */
            range?: string;
        };
        PreferNodes: {
            /** @description The first is preferred most; none removes the order. */
            nodes: string[] | null;
            /** @description It may run on no other node. */
            only?: boolean;
            /** @description What the author has seen; if it has moved on, the answer is 409. */
            version?: components["schemas"]["Version"];
        };
        PreflightRequest: {
            setup: components["schemas"]["Setup"];
        };
        PreflightResult: {
            hosts: components["schemas"]["HostPreflight"][] | null;
            /** @description Nothing failed; warnings may remain. */
            ok: boolean;
        };
        Profile: {
            /** @description Targets of services that it would break, by their failover budgets. */
            breaks?: components["schemas"]["Finding"][] | null;
            budget: components["schemas"]["NodeLoss"];
            /** Format: int64 */
            consensusMs: number;
            inForce: boolean;
            /** @enum {string} */
            name: "fast" | "balanced" | "tolerant";
            /** @description Its token bears what was measured. */
            safe: boolean;
            /** Format: int64 */
            tokenMs: number;
        };
        Properties: {
            set?: {
                [key: string]: string;
            };
            unset?: string[] | null;
            version?: components["schemas"]["Version"];
        };
        QDevice: {
            /** @description Its address as the nodes reach it; where absent one is chosen in a network that all nodes are in. */
            address?: string;
            /**
             * @description ffsplit where absent.
             * @enum {string}
             */
            algorithm?: "ffsplit" | "lms";
            /** @description Enrolled host that belongs to no cluster, by name. One arbiter serves many clusters. */
            host: string;
            /** @description Heuristics: addresses that the nodes of a side must reach to be preferred. */
            ping?: string[] | null;
            /** @description Side that wins where all else is equal: lowest or highest node ID, or the side of the node of this name; lowest where absent. */
            tieBreaker?: string;
        };
        QDeviceNode: {
            /** @description The node says so. */
            connected: boolean;
            /**
             * @description What the node's own heuristics gave last; none where it has not run any.
             * @enum {string}
             */
            heuristics?: "pass" | "fail" | "none";
            node: string;
            online: boolean;
            /** @description The same as the arbiter sees it; absent where it does not see the node, or was not asked. */
            seen?: components["schemas"]["ArbiterNode"];
            /** @description In the daemon's own words. */
            state?: string;
            /** @description The arbiter gives its side the vote. */
            voting: boolean;
        };
        QDevicePlan: {
            after: components["schemas"]["Survival"];
            /** @description With the nodes that are there now. */
            before: components["schemas"]["Survival"];
            /** @description Options that do not go together with a quorum device and are taken out: two_node, wait_for_all. */
            cleared: string[] | null;
            /** @description After the change, with all nodes there. */
            complete: components["schemas"]["Survival"];
            /** @description With every value filled in. */
            device: components["schemas"]["QuorumDevice"];
        };
        QDeviceShown: {
            device?: components["schemas"]["QDeviceStatus"];
        };
        QDeviceStatus: {
            /** @description Its address as the nodes reach it. */
            address: string;
            /**
             * @description ffsplit: one vote for one half. lms: as many votes as keep the last node quorate.
             * @enum {string}
             */
            algorithm: "ffsplit" | "lms";
            /** @description The agent of the arbiter is connected to this server. */
            arbiterConnected: boolean;
            /** @description Every node that is online is connected to the arbiter. */
            connected: boolean;
            /** @description Why the arbiter could not be asked. */
            fault?: components["schemas"]["Fault"];
            /** @description Name of the enrolled host that runs corosync-qnetd. */
            host: string;
            nodes: components["schemas"]["QDeviceNode"][] | null;
            /** @description Heuristics: addresses that a side must reach to be preferred. */
            ping?: string[] | null;
            /** @description Side that wins where all else is equal: lowest, highest, or a node's ID; lowest where absent. */
            tieBreaker?: string;
            /**
             * Format: int64
             * @description Votes of the device that count now.
             */
            votes: number;
        };
        Quorum: {
            /** @description Half of the votes are enough for the side with the tie-breaking node. */
            autoTieBreaker?: boolean;
            /** @description lowest, highest, or node IDs separated by spaces; lowest where absent. */
            autoTieBreakerNode?: string;
            device?: components["schemas"]["QuorumDevice"];
            /**
             * Format: int64
             * @description Votes there would be with all nodes up; 0: the sum of the nodes' votes.
             */
            expectedVotes?: number;
            /** @description Expected votes follow the nodes that are left. */
            lastManStanding?: boolean;
            /**
             * Format: int64
             * @description Milliseconds until they do; 10000 where absent.
             */
            lastManStandingWindow?: number;
            /** @description One of two nodes is enough; implies waitForAll. */
            twoNode?: boolean;
            /** @description Quorate for the first time only after all nodes have been seen at once. */
            waitForAll?: boolean;
        };
        QuorumChange: {
            autoTieBreaker?: boolean;
            /** @description lowest, highest, or node IDs separated by spaces. */
            autoTieBreakerNode?: string;
            /**
             * Format: int64
             * @description 0: the sum of the nodes' votes.
             */
            expectedVotes?: number;
            lastManStanding?: boolean;
            /**
             * Format: int64
             * @description Milliseconds.
             */
            lastManStandingWindow?: number;
            /** @description Implies waitForAll. */
            twoNode?: boolean;
            /** @description By node, of the nodes whose votes change. */
            votes?: {
                [key: string]: number;
            };
            waitForAll?: boolean;
        };
        QuorumDevice: {
            /** @description Its address as the nodes reach it. */
            address: string;
            /**
             * @description ffsplit: one vote for one half. lms: as many votes as keep the last node quorate.
             * @enum {string}
             */
            algorithm: "ffsplit" | "lms";
            /** @description Name of the enrolled host that runs corosync-qnetd. */
            host: string;
            /** @description Heuristics: addresses that a side must reach to be preferred. */
            ping?: string[] | null;
            /** @description Side that wins where all else is equal: lowest, highest, or a node's ID; lowest where absent. */
            tieBreaker?: string;
        };
        QuorumNode: {
            node: string;
            online: boolean;
            /** Format: int64 */
            votes: number;
        };
        QuorumPlan: {
            after: components["schemas"]["Survival"];
            /** @description With the nodes that are there now. */
            before: components["schemas"]["Survival"];
            /** @description After the change, with all nodes there. */
            complete: components["schemas"]["Survival"];
            /** @description Options that come into force only when the cluster is restarted. */
            restart: string[] | null;
        };
        QuorumShown: {
            /** @description With all nodes there, and the arbiter. */
            complete: components["schemas"]["Survival"];
            configured: components["schemas"]["Quorum"];
            device?: components["schemas"]["QDeviceStatus"];
            /** Format: int64 */
            expectedVotes: number;
            /** @description Options that are in force: wait_for_all, last_man_standing, auto_tie_breaker, two_node, qdevice. */
            inForce: string[] | null;
            /**
             * Format: int64
             * @description Votes needed for quorum.
             */
            needed: number;
            nodes: components["schemas"]["QuorumNode"][] | null;
            quorate: boolean;
            /** @description Options that Corosync reads only when it starts and that are not yet in force, or no longer configured: restart the cluster. */
            restart: string[] | null;
            /** @description Now, with the nodes that are there. */
            survives: components["schemas"]["Survival"];
            /**
             * Format: int64
             * @description Votes present, as votequorum counts them.
             */
            votes: number;
        };
        RPO: {
            /**
             * @description Absent where there is no target.
             * @enum {string}
             */
            answer?: "met" | "missed" | "unknown";
            /**
             * @description What it stands on: replicated, each write is on every side; shared, every node reads the same storage; asynchronous, writes are on their way; exposed, one side alone has everything; unknown, it is not known where the data are.
             * @enum {string}
             */
            basis: "replicated" | "shared" | "asynchronous" | "exposed" | "unknown";
            /**
             * Format: int64
             * @description Bytes that the sides do not have alike.
             */
            outOfSync?: number;
            /**
             * Format: int64
             * @description Writes of so many seconds at most; absent where that is not known.
             */
            seconds?: number;
            /**
             * Format: date-time
             * @description Since when one side is alone.
             */
            since?: string;
            /** @description The volume that decides. */
            volume?: string;
        };
        RTO: {
            /**
             * @description Of the worst; absent where there is no target.
             * @enum {string}
             */
            answer?: "met" | "missed" | "unknown";
            last?: components["schemas"]["Absence"];
            /**
             * Format: int64
             * @description How often; 0: not measured yet.
             */
            number: number;
            worst?: components["schemas"]["Absence"];
        };
        Reason: {
            args?: {
                [key: string]: string;
            };
            /** @description For example no_fencing, one_link, node_lost, resource_failed, quorum_lost. */
            code: string;
            /**
             * @description How bad it is by itself.
             * @enum {string}
             */
            level: "protected" | "at_risk" | "unprotected" | "maintenance" | "stopped" | "unknown";
        };
        RecoveryCodes: {
            codes: string[] | null;
        };
        Relocation: {
            /** @description Where to; absent: anywhere else. */
            node?: string;
            /** @description Only the promoted role of a clone moves, as when a volume is promoted. */
            promoted?: boolean;
            resource: string;
        };
        Replica: {
            /** @description IP address for replication. */
            address: string;
            /** @description Block device below, by a name that stays: /dev/disk/by-id/…, a logical volume. */
            disk: string;
            /**
             * Format: int64
             * @description DRBD 9's node-id.
             */
            id: number;
            /** @description Where the metadata are; internal where absent. */
            meta?: string;
            node: string;
            /** Format: int64 */
            port: number;
        };
        ResolveSplit: {
            /** @description Node whose data are kept. */
            keep: string;
        };
        Resource: {
            agent?: string;
            blocked: boolean;
            /** @description Only where one resource is asked for. */
            config?: components["schemas"]["HaResource"];
            /** @description Stopped on purpose. */
            disabled: boolean;
            /** @description When it returns to its first node; only where one resource is asked for that has an order of nodes. */
            failback?: components["schemas"]["Failback"];
            failed: boolean;
            failures?: components["schemas"]["Failure"][] | null;
            id: string;
            managed: boolean;
            /** @description Where it runs; several, joined by commas, for a clone. Empty where it does not run. */
            node: string;
            nodes: string[] | null;
            parent?: string;
            role: string;
            /** @description Only where one resource is asked for. */
            state?: components["schemas"]["ResourceState"];
            /** @enum {string} */
            type: "primitive" | "group" | "clone" | "bundle" | "template";
            /** @description CIB version of config; send it back with an edit. */
            version?: components["schemas"]["Version"];
        };
        ResourceSet: {
            /** @description Order: start, stop, promote or demote. */
            action?: string;
            /** @enum {string} */
            kind?: "Mandatory" | "Optional" | "Serialize";
            /**
             * @description Of old colocations.
             * @enum {string}
             */
            ordering?: "group" | "listed";
            /** @description Order: false where one of them is enough. */
            requireAll?: string;
            /** @description IDs of resources or tags. */
            resources: string[] | null;
            role?: string;
            /** @description Colocation: of the resources in the set. */
            score?: string;
            /** @description false where they are not related to each other, only to the other sets. */
            sequential?: string;
        };
        ResourceState: {
            agent?: string;
            blocked?: boolean;
            /** @description That it fails is noticed by an event at once, and then confirmed by its monitor; otherwise by the next monitor. */
            byEvent?: boolean;
            /** @description Stopped on purpose (target-role). */
            disabled?: boolean;
            failed: boolean;
            id: string;
            /** @enum {string} */
            kind: "primitive" | "group" | "clone" | "bundle" | "template";
            managed: boolean;
            members?: components["schemas"]["ResourceState"][] | null;
            /** @description Where it is active; more than one for a clone, or where something is wrong. */
            nodes: string[] | null;
            orphaned?: boolean;
            /** @enum {string} */
            role: "Started" | "Stopped" | "Promoted" | "Unpromoted" | "Starting" | "Stopping" | "Promoting" | "Demoting" | "Migrating" | "Mixed" | "Unknown";
            /** @description Role that was asked for, where one was. */
            targetRole?: string;
        };
        Revision: {
            /** @description The route's name; outside for a change from outside. */
            action: string;
            /** Format: date-time */
            at: string;
            /** @description User of Hawser, or what the CIB says of a change from outside. */
            author: string;
            differences: components["schemas"]["Difference"][] | null;
            fault?: components["schemas"]["Fault"];
            /** Format: int64 */
            number: number;
            object?: string;
            operation?: string;
            /** @enum {string} */
            origin: "hawser" | "outside";
            revertible: boolean;
            /**
             * Format: int64
             * @description Number of the revision that this one takes back.
             */
            reverts?: number;
            /** @enum {string} */
            state: "pending" | "applied" | "failed";
            /** @description CIB version after it. */
            version: components["schemas"]["Version"];
        };
        RevisionHead: {
            /** Format: date-time */
            at?: string;
            author?: string;
            /** Format: int64 */
            number: number;
            version: components["schemas"]["Version"];
        };
        Rule: {
            /**
             * @description How its expressions are joined; and where absent.
             * @enum {string}
             */
            bool?: "and" | "or";
            expressions: components["schemas"]["Expression"][] | null;
            /** @description Of a location constraint's rule: only for instances in this role. */
            role?: string;
            /** @description Of a location constraint's rule: INFINITY, -INFINITY or a whole number between -1000000 and 1000000. */
            score?: string;
            /** @description Of a location constraint's rule: the node attribute that holds the score. */
            scoreAttribute?: string;
        };
        RuleCheck: {
            rule?: components["schemas"]["Rule"];
            /** @description For example pingd gt 0 and (date gt 2026-01-01 or #uname eq n1). */
            text?: string;
        };
        RuleShown: {
            rule: components["schemas"]["Rule"];
            text: string;
        };
        SBD: {
            /** @description None: the watchdog alone (diskless). Else 1 or 3 shared block devices (2 where nothing else can be had), by names that are the same on every node. */
            devices: string[] | null;
            /** @description What the devices carry and may be overwritten, as the refusal named it. */
            override?: string;
            /**
             * Format: int64
             * @description Seconds until multipath or iSCSI has given a path up; the watchdog must wait longer.
             */
            pathTimeout?: number;
            /** @description Stop and start the whole cluster, so that it takes effect now: SBD starts with Corosync only. */
            restart?: boolean;
            /** @description The watchdog's device on every node; /dev/watchdog where it is not given. */
            watchdog?: string;
            /**
             * Format: int64
             * @description Seconds until the watchdog resets a node that does not answer; 5 where it is not given, more where a path of the storage takes longer to fail.
             */
            watchdogTimeout?: number;
            /** @description The watchdog's device by node, where it is another one there. */
            watchdogs?: {
                [key: string]: string;
            };
        };
        SBDDisk: {
            /** @description What it carries: empty, sbd, or the name of a file system, partition table or volume; data for what nobody knows. */
            content?: string;
            device: string;
            /** @description It cannot be read: the disk, or the path to it, has failed. */
            failed?: boolean;
            /** @description There is no such block device on this host. */
            missing?: boolean;
            /**
             * Format: int64
             * @description Seconds, in SBD's header.
             */
            msgwait?: number;
            /** @description Reached by several paths (dm-multipath) or by iSCSI. */
            multipath?: boolean;
            /** @description Of SBD's header: the same on every node, or it is not the same disk. */
            uuid?: string;
            /**
             * Format: int64
             * @description Seconds, in SBD's header.
             */
            watchdog?: number;
        };
        SBDHost: {
            /** @description The daemon runs. */
            active: boolean;
            disks?: components["schemas"]["SBDDisk"][] | null;
            /** @description It starts with Corosync. */
            enabled: boolean;
            /** @description The file that configures it. */
            file?: string;
            installed: boolean;
            settings?: {
                [key: string]: string;
            };
            watchdogs: components["schemas"]["WatchdogFact"][] | null;
        };
        SBDPlan: {
            /** @description The chosen devices as the first node sees them. */
            disks: components["schemas"]["SBDDisk"][] | null;
            /** @description The watchdog's device by node. */
            nodes: {
                [key: string]: string;
            };
            /** @description It does not run so yet: it takes effect when the whole cluster was stopped and started. */
            restart: boolean;
            /** @description What follows from what was chosen. */
            times: components["schemas"]["SBDTimes"];
        };
        SBDTimes: {
            /**
             * Format: int64
             * @description SBD_DELAY_START: how long a node that comes back waits, so that it is not taken for one that never went.
             */
            delayStart: number;
            /** @description How each follows; sbd.rule.<rule> is its sentence. */
            derivation: components["schemas"]["Derivation"][] | null;
            /**
             * Format: int64
             * @description How long a poison pill is given to be swallowed.
             */
            msgwait?: number;
            /**
             * Format: int64
             * @description power_timeout of fence_sbd: it ends its own poison pill, and calls it failed, where msgwait is longer.
             */
            power?: number;
            /**
             * Format: int64
             * @description stonith-timeout.
             */
            stonith: number;
            /**
             * Format: int64
             * @description stonith-watchdog-timeout: how long the others wait for a node to reset itself (diskless).
             */
            stonithWatchdog?: number;
            /**
             * Format: int64
             * @description SBD_WATCHDOG_TIMEOUT, and the devices' watchdog timeout.
             */
            watchdog: number;
        };
        SBDView: {
            /** @description The daemon runs on every node. */
            active: boolean;
            configured: boolean;
            devices: string[] | null;
            /** @description sbd.finding.<code> is the sentence. */
            findings: components["schemas"]["Reason"][] | null;
            nodes: {
                [key: string]: components["schemas"]["SBDHost"];
            };
            /** @description The fence device that writes poison pills. */
            resource?: string;
            /** @description As they are, with how they should follow. */
            times?: components["schemas"]["SBDTimes"];
        };
        Scenario: {
            /** @description Failures that are forgotten. */
            cleanup?: components["schemas"]["CleanedUp"][] | null;
            /** @description Changes of the configuration, as one step. */
            edits?: components["schemas"]["Edit"][] | null;
            /** @description Resources whose monitor fails. */
            fail?: components["schemas"]["FailedMonitor"][] | null;
            /** @description Colours that nodes get. */
            health?: components["schemas"]["NodeColour"][] | null;
            /** @description Nodes that vanish at the same moment. */
            loseNodes?: string[] | null;
            /** @description The cluster loses quorum, whoever is there. */
            loseQuorum?: boolean;
            /** @description Resources that are moved. */
            move?: components["schemas"]["Relocation"][] | null;
            /** @description Resources that are stopped and started again where they are. */
            restart?: string[] | null;
            /** @description Nodes whose cluster services are stopped: what runs there goes first. */
            stopNodes?: string[] | null;
        };
        ServiceCheck: {
            args?: {
                [key: string]: string;
            };
            /** @description check.<code> in internal/words is its name, check.<code>.<result> its sentence, check.<code>.fix what to do. */
            code: string;
            /** @description For example sides[1].disk; empty where none can mend it. */
            field?: string;
            /** @description Empty where it is about all of them. */
            node?: string;
            /** @enum {string} */
            result: "ok" | "warning" | "failed";
        };
        ServiceInspection: {
            certificates?: components["schemas"]["CertificatesState"];
            checks: components["schemas"]["Check"][] | null;
            interface?: string;
            network?: string;
            node: string;
            /**
             * Format: int64
             * @description Bytes of the disk.
             */
            size?: number;
            /** @description A name of the disk that stays, where it was given by one that may change. */
            stable?: string;
        };
        ServiceNode: {
            fault?: components["schemas"]["Fault"];
            inspection?: components["schemas"]["ServiceInspection"];
            node: string;
        };
        Session: {
            /** @description Of an API token: only these clusters. */
            clusters?: string[] | null;
            /** @description The demo panel is there. */
            demo?: boolean;
            /** Format: date-time */
            expires: string;
            /**
             * @description What has to be set before anything else may be done.
             * @enum {string}
             */
            must?: "password" | "second_factor";
            /** @description Names of routes that may be called. */
            permissions: string[] | null;
            /** @description System, security and audit are administered by different people. */
            separated?: boolean;
            /** @description Only in answer to a login with bearer. */
            token?: string;
            user: components["schemas"]["User"];
            /** @description Version of the server. */
            version: string;
        };
        SessionRules: {
            /**
             * Format: int64
             * @description A session of the command line.
             */
            cliHours: number;
            /**
             * Format: int64
             * @description A browser's session ends after so long without use.
             */
            idleMinutes: number;
            /**
             * Format: int64
             * @description And after so long in any case.
             */
            lifeHours: number;
            /**
             * Format: int64
             * @description The longest life of an API token.
             */
            tokenMaxDays: number;
        };
        SetFailback: {
            /** @description scheduled: hours of the day in the nodes' time zone, for example 2-3 for 02:00 to 03:59. Pacemaker notices within its cluster-recheck-interval. */
            hours?: string;
            /**
             * @description automatic: at once. manual: when somebody moves it. scheduled: during the given hours.
             * @enum {string}
             */
            mode: "automatic" | "manual" | "scheduled";
            /** @description What the author has seen; if it has moved on, the answer is 409. */
            version?: components["schemas"]["Version"];
            /** @description scheduled: 1 is Monday, for example 6-7; absent: every day. */
            weekdays?: string;
        };
        SetHealth: {
            /** @description Load of all processors. */
            cpu: components["schemas"]["HealthRule"];
            /** @description The fullest of the mount points; where asked for also waiting for disks, and SMART. */
            disk: components["schemas"]["HealthRule"];
            /** @description Top-level resources that the colours do not concern. */
            except?: string[] | null;
            /** @description Memory that is not available to programs. */
            mem: components["schemas"]["HealthRule"];
            /**
             * @description off: nothing. red: what runs on a red node moves. yellow: what runs on a red or yellow node moves. prefer: nothing moves, what starts prefers greener nodes.
             * @enum {string}
             */
            move: "off" | "red" | "yellow" | "prefer";
            /** @description Nodes with rules of their own. */
            nodes?: components["schemas"]["NodeHealthRules"][] | null;
            /** @description What the author has seen; if it has moved on, the answer is 409. */
            version?: components["schemas"]["Version"];
        };
        SetLicenseUkey: {
            /** @description Written, never read. Absent: as it was; the token is asked at once. */
            pin?: string;
        };
        Setup: {
            /** @description Start corosync and pacemaker when a node boots. */
            autostart: boolean;
            /** @description Heartbeat links, in the order of the nodes' addresses; absent: 0, 1, … with times that follow from the token. */
            links?: components["schemas"]["Link"][] | null;
            /** @description Name of the cluster: 1 to 15 letters, digits, hyphens, underscores. */
            name: string;
            /** @description 1 to 32 nodes. */
            nodes: components["schemas"]["SetupNode"][] | null;
            /** @description Cluster properties to begin with, for example no-quorum-policy. */
            properties?: {
                [key: string]: string;
            };
            /** @description Options of votequorum; absent: Hawser decides. */
            quorum?: components["schemas"]["Quorum"];
            /** @description Corosync's timing; zero values mean the balanced profile. */
            timing?: components["schemas"]["Timing"];
            /**
             * Format: int64
             * @description Number of the change of corosync.conf (config_version).
             */
            version?: number;
        };
        SetupNode: {
            /** @description One address for each heartbeat link, in the order of the links: 1 to 7. */
            addresses: string[] | null;
            /**
             * Format: int64
             * @description Corosync node ID; 0 lets Hawser choose.
             */
            id?: number;
            /** @description Name of the node; must be the enrolled host's name. */
            name: string;
            /**
             * Format: int64
             * @description Votes of the node; 1 where absent.
             */
            votes?: number;
        };
        Silence: {
            active: boolean;
            author: string;
            cluster?: string;
            /** Format: int64 */
            id: number;
            kind?: string;
            object?: string;
            reason: string;
            /** Format: date-time */
            since: string;
            /** Format: date-time */
            until: string;
        };
        SplitSide: {
            /**
             * Format: int64
             * @description Bytes written here since, and unknown to the other side.
             */
            changed: number;
            /**
             * Format: date-time
             * @description First moment after that at which it was seen as Primary.
             */
            from?: string;
            /** @description Generation identifiers, current first. */
            generation?: string[] | null;
            /** @description Where the volume is mounted now. */
            mounted?: string;
            node: string;
            /** @description It is Primary now. */
            primary: boolean;
            /**
             * Format: date-time
             * @description When this side lost the other.
             */
            since?: string;
            /**
             * Format: date-time
             * @description Last such moment.
             */
            until?: string;
            /** @description It was Primary after the sides had lost each other. */
            wasPrimary: boolean;
        };
        Spread: {
            /** @description Resources, most often groups; the first works on the first working node, and so on. */
            services: string[] | null;
            /** @description Where no node is free, two services may run on one; otherwise the second one stops. */
            share?: boolean;
            /** @description M standby nodes, in the order in which they take over. */
            standby?: string[] | null;
            version?: components["schemas"]["Version"];
            /** @description N working nodes. */
            working: string[] | null;
        };
        Standing: {
            /** @description How much its replicated volumes were exposed in the last 30 days; absent where they were not, or it has none. */
            exposed?: components["schemas"]["Exposed"];
            rpoPlanned: components["schemas"]["RPO"];
            rpoUnplanned: components["schemas"]["RPO"];
            rtoPlanned: components["schemas"]["RTO"];
            rtoUnplanned: components["schemas"]["RTO"];
        };
        State: {
            /**
             * Format: date-time
             * @description When it was observed (UTC).
             */
            at: string;
            /** @description A transition is going on (the controller is not idle). */
            busy: boolean;
            /** @description The reporter's corosync.conf. */
            conf?: components["schemas"]["ConfState"];
            /** @description Version of Corosync. */
            corosync?: string;
            /** @description Node that decides (designated controller). */
            dc?: string;
            /** @description The quorum device as the reporter sees it. */
            device?: components["schemas"]["DeviceState"];
            /**
             * @description What is behind it; a simulated cluster is always called so.
             * @enum {string}
             */
            engine: "pacemaker" | "simulated";
            /** Format: int64 */
            expectedVotes: number;
            failures?: components["schemas"]["Failure"][] | null;
            /** @description CIB feature set (crm_feature_set). */
            featureSet?: string;
            /** @description Newest first. */
            fenceHistory?: components["schemas"]["FenceAction"][] | null;
            /** @description stonith-enabled. */
            fencing: boolean;
            /** @description What nodes measure of themselves, each of itself alone. */
            health?: components["schemas"]["NodeHealth"][] | null;
            links: components["schemas"]["LinkState"][] | null;
            /** @description Whole cluster in maintenance mode. */
            maintenance: boolean;
            nodes: components["schemas"]["NodeState"][] | null;
            /** @description Version of Pacemaker. */
            pacemaker?: string;
            quorate: boolean;
            /** @description Options of votequorum that are in force: wait_for_all, last_man_standing, auto_tie_breaker, two_node, qdevice. */
            quorumFlags?: string[] | null;
            /**
             * Format: int64
             * @description Votes needed for quorum.
             */
            quorumVotes: number;
            /** @description Node that observed it. */
            reporter: string;
            /** @description In the CIB's order; members inside their parents. */
            resources: components["schemas"]["ResourceState"][] | null;
            /** @description Whether Pacemaker answers on the reporter. */
            running: boolean;
            /** @description Nodes whose corosync.conf is older than the cluster's; the server finds them. */
            stragglers?: string[] | null;
            /** @description Nodes that do not report while the reporter has no quorum: what is said of them is what the reporter alone sees. */
            unheard?: string[] | null;
            /** @description Replicated volumes, each as each of its nodes sees it. */
            volumes?: components["schemas"]["VolumeState"][] | null;
            /**
             * Format: int64
             * @description Votes present.
             */
            votes: number;
            /** @description What nodes watch for events at this moment, each on itself alone. */
            watched?: components["schemas"]["Watching"][] | null;
        };
        Step: {
            args?: {
                [key: string]: string;
            };
            /** Format: date-time */
            at?: string;
            /** Format: date-time */
            ended?: string;
            fault?: components["schemas"]["Fault"];
            name: string;
            node?: string;
            /** @enum {string} */
            phase?: "plan" | "commit" | "verify" | "roll_back";
            /** @enum {string} */
            state: "waiting" | "running" | "done" | "failed" | "skipped";
            /** @description What the node's agent does within it; these have no steps of their own. */
            steps?: components["schemas"]["Step"][] | null;
        };
        StopOptions: {
            /** @description Although quorum or a service is lost by it. */
            force?: boolean;
        };
        StorageMapping: {
            /** @description Mount options, for example rw. */
            options?: string;
            /** @description Directory on the host, the same for all instances. */
            source?: string;
            /** @description Directory on the host that holds one directory for each instance, instead of source. */
            sourceRoot?: string;
            /** @description Directory inside. */
            target: string;
        };
        Survival: {
            /** @description A quorum device votes. */
            arbiter: boolean;
            /**
             * Format: int64
             * @description Votes needed for quorum.
             */
            needed: number;
            /**
             * Format: int64
             * @description Nodes that may be lost while the arbiter is away; -1 where its loss alone costs quorum.
             */
            noArbiter: number;
            /**
             * Format: int64
             * @description Nodes that may be lost at once, whichever they are.
             */
            nodes: number;
            /**
             * Format: int64
             * @description Nodes that are there.
             */
            of: number;
            /**
             * Format: int64
             * @description Nodes that may be lost one after another, with time to settle in between.
             */
            oneByOne: number;
            quorate: boolean;
            reasons: components["schemas"]["Reason"][] | null;
            /**
             * Format: int64
             * @description Votes that are there.
             */
            votes: number;
        };
        TOTPCode: {
            code: string;
        };
        TOTPSetup: {
            /** @description The same as a picture: PNG in base64. */
            qr: string;
            /** @description Base32, for typing. */
            secret: string;
            /** @description otpauth://totp/… */
            uri: string;
        };
        Tag: {
            /** @description XML ID: letter or underscore first, then letters, digits, . _ - */
            id: string;
            /** @description IDs of what has the tag, in the CIB's order. */
            resources: string[] | null;
        };
        TagShown: {
            id: string;
            /** @description What has the tag, in the CIB's order. */
            resources: components["schemas"]["Tagged"][] | null;
            /** @description CIB version; send it back with an edit. */
            version?: components["schemas"]["Version"];
        };
        Tagged: {
            failed?: boolean;
            id: string;
            /** @description Where it runs. */
            nodes: string[] | null;
            /** @description Empty where it is no resource. */
            role?: string;
        };
        Target: {
            /**
             * Format: int64
             * @description Seconds of writes that may be lost where a person moves it; 0: nothing.
             */
            rpoPlanned?: number;
            /**
             * Format: int64
             * @description Seconds of writes that may be lost where something fails; 0: nothing.
             */
            rpoUnplanned?: number;
            /**
             * Format: int64
             * @description Seconds that it may be away where a person moves or stops it.
             */
            rtoPlanned?: number;
            /**
             * Format: int64
             * @description Seconds that it may be away where something fails.
             */
            rtoUnplanned?: number;
        };
        TargetShown: {
            /** @description There is no such service any more: only its target is left. */
            gone?: boolean;
            /** @description ID of a group, or of a primitive that is in none. */
            service: string;
            /**
             * Format: date-time
             * @description What happened since then counts: 90 days, or less where less is known.
             */
            since: string;
            standing: components["schemas"]["Standing"];
            /** @description Absent where nothing was promised. */
            target?: components["schemas"]["Target"];
        };
        Timeline: {
            items: components["schemas"]["TimelineEntry"][] | null;
            /** @description Give it as cursor to get what comes after. There may be more although few came: a request looks through so much and no more. */
            next?: string;
            /** @description Nodes that did not say what they have decided. */
            silent?: string[] | null;
        };
        TimelineEntry: {
            actor?: string;
            /** Format: date-time */
            at: string;
            audit?: components["schemas"]["AuditEntry"];
            decision?: components["schemas"]["Decision"];
            event?: components["schemas"]["Event"];
            /** @description Unique on the time line. */
            id: string;
            /** @description Kind of the event, or name of the route. */
            kind: string;
            object?: string;
            operation?: components["schemas"]["Operation"];
            revision?: components["schemas"]["Revision"];
            /** @enum {string} */
            severity: "info" | "warning" | "critical";
            /** @enum {string} */
            source: "event" | "operation" | "revision" | "audit" | "decision";
        };
        Timing: {
            /**
             * Format: int64
             * @description Time to agree on a new membership, in milliseconds; 0 means 1.2 × token.
             */
            consensus?: number;
            /**
             * @description Named set of values.
             * @enum {string}
             */
            profile?: "fast" | "balanced" | "tolerant" | "custom";
            /**
             * Format: int64
             * @description Time until a lost token is noticed, in milliseconds.
             */
            token?: number;
            /**
             * Format: int64
             * @description Milliseconds added to token for each node beyond two.
             */
            tokenCoefficient?: number;
        };
        TimingShown: {
            /**
             * @description The fastest that is safe by what was measured.
             * @enum {string}
             */
            advice: "fast" | "balanced" | "tolerant" | "custom";
            budget: components["schemas"]["NodeLoss"];
            /** @description Nodes that were looked at just now. */
            hosts: components["schemas"]["MeasuredHost"][] | null;
            /** @description Ping times in force, by link. */
            links: components["schemas"]["LinkTiming"][] | null;
            measured: components["schemas"]["Measured"];
            /** @description fast, balanced, tolerant: what each would mean here, and whether it is safe. */
            profiles: components["schemas"]["Profile"][] | null;
            /** @description As it is configured, every value filled in. */
            timing: components["schemas"]["Timing"];
        };
        TokenMade: {
            /** @description From where it was last used; of a session, from where it began. */
            address?: string;
            /** @description Of a token: only these clusters; all where there is none. */
            clusters?: string[] | null;
            /** Format: date-time */
            created: string;
            /** @description The very session that asks. */
            current?: boolean;
            /** Format: date-time */
            expires: string;
            id: string;
            /** @enum {string} */
            kind: "browser" | "cli" | "token";
            /** @description Of a token: what it is for. */
            label?: string;
            /**
             * @description Of a token: it may do what both this role and its user's may.
             * @enum {string}
             */
            role?: "admin" | "operator" | "viewer" | "security" | "auditor";
            /**
             * Format: date-time
             * @description When it was last used.
             */
            seen?: string;
            token: string;
            user: string;
        };
        TokenRequest: {
            /**
             * Format: int64
             * @description How long it is good for; 60 where it is not given.
             */
            minutes?: number;
        };
        User: {
            /** Format: date-time */
            created: string;
            disabled: boolean;
            /** @enum {string} */
            language?: "zh" | "en";
            /** Format: date-time */
            lastSeen?: string;
            /** @description Has to choose a password at the next login. */
            mustChange?: boolean;
            name: string;
            /**
             * Format: date-time
             * @description Since when the password has been in force.
             */
            passwordSet?: string;
            /** @enum {string} */
            role: "admin" | "operator" | "viewer" | "security" | "auditor";
            /** @description Signs in with a code beside the password. */
            secondFactor: boolean;
        };
        UserChange: {
            disabled?: boolean;
            /** @enum {string} */
            language?: "zh" | "en";
            password?: string;
            /** @enum {string} */
            role?: "admin" | "operator" | "viewer" | "security" | "auditor";
        };
        ValueChange: {
            set?: {
                [key: string]: string;
            };
            unset?: string[] | null;
            /** @description What the author has seen; if it has moved on, the answer is 409. */
            version?: components["schemas"]["Version"];
        };
        Values: {
            set?: {
                [key: string]: string;
            };
            unset?: string[] | null;
        };
        Verdict: {
            /** @enum {string} */
            level: "protected" | "at_risk" | "unprotected" | "maintenance" | "stopped" | "unknown";
            /** @description Worst first. Empty where all is well. */
            reasons?: components["schemas"]["Reason"][] | null;
            /**
             * Format: int64
             * @description How many nodes may be lost now, one after another, without losing quorum or a service.
             */
            survives: number;
        };
        Version: {
            /** Format: int64 */
            adminEpoch: number;
            /** Format: int64 */
            epoch: number;
            /** Format: int64 */
            numUpdates: number;
        };
        Volume: {
            /** @description What is mounted, for example /dev/drbd3 or /dev/hawser/data. */
            device: string;
            /**
             * @description drbd, or mirror: Hawser's own, without a kernel module (preview).
             * @enum {string}
             */
            driver: "drbd" | "mirror";
            /** @description File in which others than root can read the secret. */
            exposed?: string;
            /** @description Where it is configured. */
            file?: string;
            /** @description The file was not written by Hawser: it is read and kept, never written. */
            foreign?: boolean;
            /** @description Options from a common section that the volume does not set itself. */
            inherited?: {
                [key: string]: {
                    [key: string]: string;
                };
            };
            /** @description Name of the volume, and of the DRBD resource. */
            name: string;
            /** @description Options of the driver, by section (disk, net, handlers, startup, options) and name. */
            options?: {
                [key: string]: {
                    [key: string]: string;
                };
            };
            /**
             * @description When a write is done: A once the peer has been sent it, B once the peer has received it, C once the peer's disk has it. Only C loses nothing.
             * @enum {string}
             */
            protocol: "A" | "B" | "C";
            replicas: components["schemas"]["Replica"][] | null;
            /** @description Why the file cannot be read; nothing else is known of the volume then. */
            unread?: components["schemas"]["Fault"];
        };
        VolumeCheck: {
            findings: components["schemas"]["Finding"][] | null;
            nodes: components["schemas"]["VolumeCheckNode"][] | null;
            /** @description With what volume.create would refuse it now, field by field; absent where it would begin. */
            refused?: components["schemas"]["Fault"];
            /** @description As it would be made. */
            volume: components["schemas"]["Volume"];
        };
        VolumeCheckNode: {
            fault?: components["schemas"]["Fault"];
            inspection?: components["schemas"]["VolumeInspection"];
            node: string;
        };
        VolumeInspection: {
            checks?: components["schemas"]["Check"][] | null;
            disk: components["schemas"]["DiskInspection"];
            /** @description Version of the kernel module; empty where there is none. */
            driver?: string;
            /** @description Numbers of devices that are taken. */
            minors?: number[] | null;
            /** @description Volumes that are configured on the host. */
            names?: string[] | null;
            node: string;
            /** @description TCP ports that something listens at, or another volume has. */
            ports?: number[] | null;
            /** @description Version of drbd-utils. */
            tools?: string;
        };
        VolumePeer: {
            /** @description Connected, Connecting, StandAlone, Disconnecting, Unconnected, Timeout, BrokenPipe, NetworkFailure, ProtocolError or TearDown. */
            connection: string;
            disk: string;
            /**
             * Format: double
             * @description Percent of a resync or verification.
             */
            done?: number;
            /**
             * Format: int64
             * @description Seconds until it is done, at this rate.
             */
            left?: number;
            /**
             * Format: int64
             * @description Bytes per second that it may use at most; 0 where the controller decides.
             */
            limit?: number;
            node: string;
            /**
             * Format: int64
             * @description Bytes that the two sides do not have alike.
             */
            outOfSync?: number;
            /**
             * Format: int64
             * @description Bytes per second of a resync or verification, lately.
             */
            rate?: number;
            /** @description Off, Established, SyncSource, SyncTarget, PausedSyncS, PausedSyncT, VerifyS, VerifyT, WFBitMapS, WFBitMapT, Ahead, Behind … */
            replication: string;
            /** @enum {string} */
            role: "Primary" | "Secondary" | "Unknown";
        };
        VolumeReading: {
            findings: components["schemas"]["Finding"][] | null;
            volumes: components["schemas"]["Volume"][] | null;
        };
        VolumeShown: {
            /** @description Nodes whose configuration of it is another one. */
            differing?: string[] | null;
            /** @description When one side alone had everything in the last 30 days, newest first. Only of volume.show. */
            exposures?: components["schemas"]["Exposure"][] | null;
            findings: components["schemas"]["Finding"][] | null;
            /** @description ID of the promotable clone by which Pacemaker runs it; empty where it does not. */
            resource?: string;
            /** @description One of each node that tells. */
            states: components["schemas"]["VolumeState"][] | null;
            /**
             * Format: int64
             * @description Complete copies that there are now.
             */
            upToDate: number;
            /** @description ID of the resource that uses the device, for example a Filesystem. */
            user?: string;
            /** @enum {string} */
            verdict: "ok" | "syncing" | "degraded" | "split" | "down" | "unknown";
            volume: components["schemas"]["Volume"];
        };
        VolumeState: {
            device: string;
            /** @description UpToDate, Inconsistent, Outdated, Consistent, Diskless, Attaching, Detaching, Failed, Negotiating or DUnknown. */
            disk: string;
            driver: string;
            name: string;
            /** @description Who tells. */
            node: string;
            peers: components["schemas"]["VolumePeer"][] | null;
            protocol?: string;
            /** @description DRBD 9 with quorum. */
            quorum?: boolean;
            /** @enum {string} */
            role: "Primary" | "Secondary" | "Unknown";
            /**
             * Format: int64
             * @description Bytes that can be used.
             */
            size?: number;
            split?: components["schemas"]["SplitSide"];
            /** @description Writes wait. */
            suspended?: boolean;
            /** @description The driver knows the volume; otherwise only its configuration is there. */
            up: boolean;
        };
        VolumeText: {
            /** @description Contents of a .res file, with or without global_common.conf before it. */
            text: string;
        };
        WatchdogFact: {
            /** @description Somebody holds it. */
            busy?: boolean;
            device: string;
            /** @description What it calls itself, for example iTCO_wdt. */
            identity?: string;
            /** @description softdog: made by the kernel, so a kernel that hangs hard is not reset. */
            soft?: boolean;
            /**
             * Format: int64
             * @description Seconds, as it is set now.
             */
            timeout?: number;
        };
        Watching: {
            /** @description What the event would be: the end of a process, the loss of an address, an unmount. */
            by: string[] | null;
            node: string;
            resource: string;
        };
        WebhookSettings: {
            /** @description Signs what is sent. Written, never read. Absent: as it was; empty: none. */
            secret?: string;
            /** @description There is a secret; ignored when it is written. */
            secretSet?: boolean;
            /** @description Read with its query hidden, because that holds the key. Absent: as it was. */
            url?: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "access.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAccess"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "access.revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                access: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "alarm.list": {
        parameters: {
            query?: {
                /** @description Only of this cluster. */
                cluster?: string;
                /** @description Only in this state. */
                state?: "open" | "resolved";
                /** @description Only of this kind, for example node.away; node.* for all of nodes. */
                kind?: string;
                /** @description Of this severity or worse. */
                severity?: "info" | "warning" | "critical";
                /** @description Only of this object. */
                object?: string;
                /** @description Only those that nobody has acknowledged. */
                unacked?: boolean;
                /** @description Next of the page before. */
                cursor?: string;
                /** @description At most so many; 100 where it is not given. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAlarm"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "alarm.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alarm: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlarmDetail"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "alarm.ack": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alarm: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AckAlarm"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alarm"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "alarm.resolve": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alarm: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alarm"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "alertrule.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAlertRule"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "alertrule.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlertRule"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertRule"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "alertrule.edit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rule: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditAlertRule"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertRule"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "alertrule.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rule: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "audit.list": {
        parameters: {
            query?: {
                /** @description Only of this user. */
                actor?: string;
                /** @description Only this action: a route's name. */
                action?: string;
                /** @description Not before this time (RFC 3339). */
                since?: string;
                /** @description Before this time (RFC 3339). */
                until?: string;
                /** @description Next of the page before. */
                cursor?: string;
                /** @description At most so many; 100 where it is not given. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAuditEntry"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "audit.export": {
        parameters: {
            query?: {
                format?: "jsonl" | "csv";
                /** @description The first entry; the first of all where it is not given. It always goes to the end. */
                from?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "audit.verify": {
        parameters: {
            query?: {
                /** @description Entries of an earlier end. */
                entry?: number;
                /** @description Its hash. */
                hash?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditCheck"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "channel.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageChannel"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "channel.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewChannel"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "channel.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channel: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "channel.edit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channel: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChannelForm"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "channel.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channel: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "channel.test": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channel: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ChannelForm"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelTest"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "cluster.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageCluster"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "cluster.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Setup"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "cluster.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClusterDetail"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "cluster.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "cluster.adopt": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AdoptCluster"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "agent.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAgentName"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "agent.show": {
        parameters: {
            query?: {
                /** @description Preferred language of the agent's own texts, for example zh-CN. */
                language?: string;
            };
            header?: never;
            path: {
                cluster: string;
                /** @description class:provider:type, for example ocf:heartbeat:IPaddr2. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentMetadata"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "attributes.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAttributeSet"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "attributes.create": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AttributeSet"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "attributes.edit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                set: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditAttributes"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "attributes.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                set: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "budget.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageBudget"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "budget.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                service: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Budget"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "check.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageFinding"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "check.fix": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FixFinding"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "cluster.cleanup": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CleanupResource"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "constraint.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageConstraint"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "constraint.create": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Constraint"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "constraint.edit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                constraint: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditConstraint"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "constraint.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                constraint: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "defaults.set": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Defaults"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "cluster.destroy": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DestroyRequest"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "diskhb.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DiskHeartbeatShown"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "diskhb.enable": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewDiskHeartbeat"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "diskhb.disable": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "diskhb.inspect": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DiskQuestion"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DiskInspected"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "evidence.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvidenceReport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "fence.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fencing"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "fence.levels": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FenceLevels"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "fence.test": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FenceTest"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "health.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthShown"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "health.set": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetHealth"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "health.unset": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "health.whatif": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HealthQuestion"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthPlan"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "link.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Links"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "link.add": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewLink"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "link.edit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                link: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkChange"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "link.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                link: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "logs.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageLogBundle"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "logs.collect": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewLogBundle"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogBundle"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "logs.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                bundle: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogBundle"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "logs.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                bundle: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "logs.download": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                bundle: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "config.export": {
        parameters: {
            query?: {
                /** @description With nodes, links, timing and votes, for moving the cluster to other machines. */
                setup?: boolean;
            };
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Manifest"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "config.apply": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ManifestChange"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "config.compare": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ManifestFile"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManifestComparison"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "config.plan": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ManifestChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManifestPlan"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "node.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageNode"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "node.add": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddNode"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "node.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "node.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "node.attributes": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                node: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ValueChange"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "node.fence": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                node: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FenceRequest"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "health.history": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthHistory"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "node.maintenance": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "node.standby": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "node.start": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "node.stop": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                node: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["StopOptions"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "node.sync": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "node.unmaintenance": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "node.unstandby": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                node: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "node.utilization": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                node: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ValueChange"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "ping.create": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Ping"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "property.list": {
        parameters: {
            query?: {
                /** @description Preferred language of Pacemaker's own texts, for example zh-CN. */
                language?: string;
            };
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageClusterOption"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "cluster.properties": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Properties"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "qdevice.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QDeviceShown"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "qdevice.set": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QDevice"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "qdevice.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "qdevice.plan": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QDevice"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QDevicePlan"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "quorum.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuorumShown"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "quorum.edit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuorumChange"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "quorum.plan": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuorumChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuorumPlan"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageResource"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.create": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewResource"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Resource"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.edit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditResource"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.ban": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["BanResource"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.cleanup": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CleanupResource"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.clear": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ClearResource"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.failback": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetFailback"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.manage": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.move": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["MoveResource"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.prefer": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreferNodes"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.place": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaceResource"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.refresh": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CleanupResource"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.restart": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.start": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.stop": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.unmanage": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "resource.utilization": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ValueChange"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "why.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "cluster.restart": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["StopOptions"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "revision.list": {
        parameters: {
            query?: {
                /** @description Next of the page before. */
                cursor?: string;
                /** @description At most so many; 100 where it is not given. */
                limit?: number;
            };
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageRevision"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "revision.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                revision: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Revision"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "revision.compare": {
        parameters: {
            query?: {
                /** @description The other revision; 0 or absent for the configuration as it is now. */
                with?: number;
            };
            header?: never;
            path: {
                cluster: string;
                revision: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comparison"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "revision.revert": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                revision: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "sbd.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SBDView"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "sbd.set": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SBD"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "sbd.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["StopOptions"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "sbd.plan": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SBD"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SBDPlan"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "service.check": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Database"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatabaseCheck"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "service.database": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Database"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "service.spread": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Spread"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "cluster.start": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "cluster.stop": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["StopOptions"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "tag.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageTagShown"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "tag.create": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Tag"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "tag.edit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                tag: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditTag"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "tag.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                tag: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "tag.start": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                tag: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "tag.stop": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                tag: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "target.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageTargetShown"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "target.set": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                service: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Target"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "target.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                service: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "timeline.list": {
        parameters: {
            query?: {
                /** @description Only of these sources; all that the caller may see where none is given. */
                source?: ("event" | "operation" | "revision" | "audit" | "decision")[] | null;
                /** @description Only this kind of event or this action, for example node.lost; node.* for all of nodes. */
                kind?: string;
                /** @description Of this severity or worse. */
                severity?: "info" | "warning" | "critical";
                /** @description Only what concerns this node. */
                node?: string;
                /** @description Only what concerns this resource. */
                resource?: string;
                /** @description Only what this person did. */
                actor?: string;
                /** @description Only what has this text in its sentence, in either language, or in its names. */
                text?: string;
                /** @description Not before this time (RFC 3339). */
                since?: string;
                /** @description Before this time (RFC 3339). */
                until?: string;
                /** @description Next of the page before. */
                cursor?: string;
                /** @description At most so many; 100 where it is not given. */
                limit?: number;
            };
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Timeline"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "timing.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TimingShown"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "timing.set": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Timing"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "volume.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageVolumeShown"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "volume.create": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewVolume"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "volume.check": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewVolume"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VolumeCheck"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "volume.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                volume: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VolumeShown"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "volume.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                volume: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DeleteVolume"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "volume.edit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                volume: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EditVolume"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "volume.act": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                volume: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ActOnVolume"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "volume.resolve": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
                volume: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResolveSplit"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "whatif.play": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Scenario"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Forecast"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "demo.show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Demo"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "demo.reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "demo.verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Demo"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "cluster.discover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageFoundCluster"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "event.list": {
        parameters: {
            query?: {
                /** @description Only of this cluster. */
                cluster?: string;
                /** @description Only of this kind, for example node.lost; node.* for all of nodes. */
                kind?: string;
                /** @description Of this severity or worse. */
                severity?: "info" | "warning" | "critical";
                /** @description Only of this node, resource or link. */
                object?: string;
                /** @description Not before this time (RFC 3339). */
                since?: string;
                /** @description Before this time (RFC 3339). */
                until?: string;
                /** @description Next of the page before. */
                cursor?: string;
                /** @description At most so many; 100 where it is not given. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageEvent"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "host.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageHost"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "host.preflight": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreflightRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreflightResult"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "host.token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolmentToken"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "host.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                host: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Host"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "host.revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                host: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "qdevice.arbiter": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                host: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArbiterShown"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "license.status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["License"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "license.activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ActivateLicense"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LicenseActivated"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "license.requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageLicenseRequest"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "license.request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewLicenseRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LicenseRequest"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "license.ukey": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetLicenseUkey"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LicenseUkey"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "config.migrate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MigrationRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Migration"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "config.read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ManifestFile"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManifestContents"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "message.list": {
        parameters: {
            query?: {
                /** @description Only of this channel. */
                channel?: string;
                /** @description Only in this state. */
                state?: "queued" | "sending" | "trying" | "sent" | "gave_up";
                /** @description Only those that have not been taken yet. */
                waiting?: boolean;
                /** @description Next of the page before. */
                cursor?: string;
                /** @description At most so many; 100 where it is not given. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageMessage"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "message.giveup": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                message: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "message.retry": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                message: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "operation.list": {
        parameters: {
            query?: {
                /** @description Only of this cluster. */
                cluster?: string;
                /** @description Only in this state. */
                state?: "pending" | "running" | "succeeded" | "failed" | "rolled_back";
                /** @description Only those that have not ended. */
                active?: boolean;
                /** @description Next of the page before. */
                cursor?: string;
                /** @description At most so many; 100 where it is not given. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageOperation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "operation.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                operation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "policy.show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Policy"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "policy.edit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PolicyChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Policy"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "rule.check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleCheck"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleShown"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "session.show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "session.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Login"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "session.delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "password.change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "session.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAccess"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "session.revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "token.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAccess"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "token.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewToken"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenMade"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "token.revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "totp.confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TOTPCode"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "totp.setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Confirmation"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TOTPSetup"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "totp.recovery": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Confirmation"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "totp.remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Confirmation"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "silence.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageSilence"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "silence.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSilence"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Silence"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "silence.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                silence: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "user.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageUser"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "user.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "user.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "user.edit": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "totp.reset": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
    "volume.parse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VolumeText"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VolumeReading"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fault"];
                };
            };
        };
    };
}
