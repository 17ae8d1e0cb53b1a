// Generated from server/rest/openapi.gen.json by npm run gen; do not edit.
export interface paths {
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["audit.list"];
        put?: never;
        post?: never;
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
        get: operations["cluster.list"];
        put?: never;
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
        get: operations["cluster.show"];
        put?: never;
        post?: never;
        delete: operations["cluster.remove"];
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
        get: operations["agent.show"];
        put?: never;
        post?: never;
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
        get: operations["constraint.list"];
        put?: never;
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
        put?: never;
        post?: never;
        delete: operations["constraint.delete"];
        options?: never;
        head?: never;
        patch?: never;
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
        post: operations["cluster.destroy"];
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
        get: operations["node.list"];
        put?: never;
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
        get: operations["node.show"];
        put?: never;
        post?: never;
        delete: operations["node.remove"];
        options?: never;
        head?: never;
        patch?: never;
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
        post: operations["node.fence"];
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
        post: operations["node.stop"];
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
        post: operations["node.unstandby"];
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
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch: operations["cluster.properties"];
        trace?: never;
    };
    "/api/v1/clusters/{cluster}/resources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["resource.list"];
        put?: never;
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
        get: operations["resource.show"];
        put: operations["resource.edit"];
        post?: never;
        delete: operations["resource.delete"];
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
        post: operations["resource.cleanup"];
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
        post: operations["resource.move"];
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
        post: operations["resource.unmanage"];
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
        get: operations["revision.show"];
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
        post: operations["revision.revert"];
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
        post: operations["cluster.stop"];
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
        post: operations["demo.verify"];
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
        get: operations["host.show"];
        put?: never;
        post?: never;
        delete: operations["host.revoke"];
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
        get: operations["operation.show"];
        put?: never;
        post?: never;
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
        get: operations["session.show"];
        put?: never;
        post: operations["session.create"];
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
        post: operations["password.change"];
        delete?: never;
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
        get: operations["user.list"];
        put?: never;
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
        delete: operations["user.delete"];
        options?: never;
        head?: never;
        patch: operations["user.edit"];
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AddNode: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/AddNode.json
             */
            readonly $schema?: string;
            node: components["schemas"]["SetupNode"];
        };
        AgentAction: {
            depth?: string;
            interval?: string;
            name: string;
            role?: string;
            timeout?: string;
        };
        AgentMetadata: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/AgentMetadata.json
             */
            readonly $schema?: string;
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
        Check: {
            args?: {
                [key: string]: string;
            };
            /** @description check.<code> in internal/words is its name, check.<code>.<result> its sentence, check.<code>.fix what to do. */
            code: string;
            /** @enum {string} */
            result: "ok" | "warning" | "failed";
        };
        CleanupResource: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/CleanupResource.json
             */
            readonly $schema?: string;
            /** @description Only on this node. */
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
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/ClusterDetail.json
             */
            readonly $schema?: string;
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
        Config: {
            /** @description Program that wrote the last change (update-client). */
            client?: string;
            constraints: components["schemas"]["Constraint"][] | null;
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
            /** @description User that wrote the last change (update-user). */
            user?: string;
            version: components["schemas"]["Version"];
            /** @description When the CIB was last written, as it says itself (cib-last-written). */
            written?: string;
        };
        Constraint: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/Constraint.json
             */
            readonly $schema?: string;
            /** @description Order: the action of first; start where empty. */
            action?: string;
            /** @description Says more than these fields can; see xml. */
            complex?: boolean;
            /** @description Order: the one before. */
            first?: string;
            id: string;
            /** @enum {string} */
            kind: "location" | "colocation" | "order" | "ticket";
            /** @description Location: the node. */
            node?: string;
            /** @enum {string} */
            orderKind?: "Mandatory" | "Optional" | "Serialize";
            /** @description Location: the resource. Colocation: the one that follows (rsc). */
            resource?: string;
            /** @description Location: where it holds, instead of a node. */
            rule?: components["schemas"]["Rule"];
            /** @description INFINITY, -INFINITY or a whole number between -1000000 and 1000000. */
            score?: string;
            /** @description Order: the one after. */
            then?: string;
            /** @description Colocation: the one that leads (with-rsc). */
            with?: string;
            /** @description The element as the CIB has it. */
            xml?: string;
        };
        Demo: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/Demo.json
             */
            readonly $schema?: string;
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
        DestroyRequest: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/DestroyRequest.json
             */
            readonly $schema?: string;
            /** @description The cluster's name, typed again. */
            confirm: string;
        };
        Device: {
            fileSystem?: string;
            /** @description The most stable name that it has. */
            path: string;
            /** Format: int64 */
            sizeBytes: number;
            uuid?: string;
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
            /** @description What differs: property, resource, constraint, node, default, other. */
            object: string;
        };
        EditResource: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/EditResource.json
             */
            readonly $schema?: string;
            resource: components["schemas"]["HaResource"];
            /** @description What the author has seen; if it has moved on, the answer is 409. */
            version?: components["schemas"]["Version"];
        };
        EnrolmentToken: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/EnrolmentToken.json
             */
            readonly $schema?: string;
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
        Expression: {
            /** @description Node attribute, for example pingd. */
            attribute: string;
            /** @enum {string} */
            operation: "lt" | "gt" | "lte" | "gte" | "eq" | "ne" | "defined" | "not_defined";
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
        Failure: {
            /** Format: date-time */
            at?: string;
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
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/Fault.json
             */
            readonly $schema?: string;
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
        FenceRequest: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/FenceRequest.json
             */
            readonly $schema?: string;
            /** @enum {string} */
            action: "reboot" | "off";
            /** @description The node's name, typed again. */
            confirm: string;
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
            role?: string;
            /** @description For example 20s. */
            timeout?: string;
        };
        HaResource: {
            /** @description Class, provider and type, for example ocf:heartbeat:IPaddr2; empty for groups, clones and bundles. */
            agent?: string;
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
        };
        Host: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/Host.json
             */
            readonly $schema?: string;
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
        };
        HostPreflight: {
            checks: components["schemas"]["Check"][] | null;
            fault?: components["schemas"]["Fault"];
            host: string;
        };
        Interface: {
            /** @description Addresses with prefix length, for example 10.0.0.1/24. */
            addresses: string[] | null;
            /** Format: int64 */
            mtu: number;
            name: string;
            up: boolean;
        };
        LinkState: {
            /** @description The looking node's own address on this link. */
            address?: string;
            connected: boolean;
            enabled: boolean;
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
            /** @description Who looks. */
            node: string;
            /** @description At whom. */
            peer: string;
        };
        Live: {
            cluster?: string;
            event?: components["schemas"]["Event"];
            id?: string;
            operation?: components["schemas"]["Operation"];
            /** Format: int64 */
            seq: number;
            /** @enum {string} */
            topic: "hello" | "cluster" | "host" | "operation" | "revision" | "event" | "demo";
        };
        Login: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/Login.json
             */
            readonly $schema?: string;
            bearer?: boolean;
            name: string;
            password: string;
        };
        MoveResource: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/MoveResource.json
             */
            readonly $schema?: string;
            /** @description Where to; empty for anywhere else. */
            node?: string;
        };
        NewResource: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/NewResource.json
             */
            readonly $schema?: string;
            constraints?: components["schemas"]["Constraint"][] | null;
            /** @description Group that it becomes the last member of. */
            group?: string;
            resource: components["schemas"]["HaResource"];
        };
        NewUser: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/NewUser.json
             */
            readonly $schema?: string;
            name: string;
            password: string;
            /** @enum {string} */
            role: "admin" | "operator" | "viewer";
        };
        Node: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/Node.json
             */
            readonly $schema?: string;
            /** @description Heartbeat addresses, one for each link. */
            addresses?: string[] | null;
            /** @description Its agent is connected to this server. */
            connected: boolean;
            dc: boolean;
            facts?: components["schemas"]["Facts"];
            lastFence?: components["schemas"]["FenceAction"];
            links?: components["schemas"]["LinkState"][] | null;
            maintenance: boolean;
            name: string;
            online: boolean;
            /** @description Primitives that run there. */
            resources: string[] | null;
            standby: boolean;
            state?: components["schemas"]["NodeState"];
            unclean: boolean;
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
        };
        NodeState: {
            /** @description Transient and permanent node attributes. */
            attributes?: {
                [key: string]: string;
            };
            dc?: boolean;
            /** @enum {string} */
            health?: "green" | "yellow" | "red";
            id: string;
            /** @enum {string} */
            kind?: "member" | "remote" | "ping";
            maintenance: boolean;
            name: string;
            online: boolean;
            /** @description Joining. */
            pending?: boolean;
            /** @description IDs of primitives that run there. */
            resources: string[] | null;
            shutdown?: boolean;
            standby: boolean;
            /** @description State unknown; must be fenced before its resources may start elsewhere. */
            unclean?: boolean;
        };
        OK: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/OK.json
             */
            readonly $schema?: string;
            ok: boolean;
        };
        Operation: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/Operation.json
             */
            readonly $schema?: string;
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
        PageAgentName: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/PageAgentName.json
             */
            readonly $schema?: string;
            items: components["schemas"]["AgentName"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageAuditEntry: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/PageAuditEntry.json
             */
            readonly $schema?: string;
            items: components["schemas"]["AuditEntry"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageCluster: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/PageCluster.json
             */
            readonly $schema?: string;
            items: components["schemas"]["Cluster"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageConstraint: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/PageConstraint.json
             */
            readonly $schema?: string;
            items: components["schemas"]["Constraint"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageEvent: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/PageEvent.json
             */
            readonly $schema?: string;
            items: components["schemas"]["Event"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageHost: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/PageHost.json
             */
            readonly $schema?: string;
            items: components["schemas"]["Host"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageNode: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/PageNode.json
             */
            readonly $schema?: string;
            items: components["schemas"]["Node"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageOperation: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/PageOperation.json
             */
            readonly $schema?: string;
            items: components["schemas"]["Operation"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageResource: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/PageResource.json
             */
            readonly $schema?: string;
            items: components["schemas"]["Resource"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageRevision: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/PageRevision.json
             */
            readonly $schema?: string;
            items: components["schemas"]["Revision"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PageUser: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/PageUser.json
             */
            readonly $schema?: string;
            items: components["schemas"]["User"][] | null;
            /** @description Give it as cursor to get what comes after. */
            next?: string;
        };
        PasswordChange: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/PasswordChange.json
             */
            readonly $schema?: string;
            current: string;
            new: string;
        };
        PreflightRequest: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/PreflightRequest.json
             */
            readonly $schema?: string;
            setup: components["schemas"]["Setup"];
        };
        PreflightResult: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/PreflightResult.json
             */
            readonly $schema?: string;
            hosts: components["schemas"]["HostPreflight"][] | null;
            /** @description Nothing failed; warnings may remain. */
            ok: boolean;
        };
        Properties: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/Properties.json
             */
            readonly $schema?: string;
            set?: {
                [key: string]: string;
            };
            unset?: string[] | null;
            version?: components["schemas"]["Version"];
        };
        Reason: {
            args?: {
                [key: string]: string;
            };
            /** @description For example no_fencing, one_link, node_lost, resource_failed, quorum_lost. */
            code: string;
            /** @description How bad it is by itself. */
            level: string;
        };
        Resource: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/Resource.json
             */
            readonly $schema?: string;
            agent?: string;
            blocked: boolean;
            /** @description Only where one resource is asked for. */
            config?: components["schemas"]["HaResource"];
            /** @description Stopped on purpose. */
            disabled: boolean;
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
        ResourceState: {
            agent?: string;
            blocked?: boolean;
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
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/Revision.json
             */
            readonly $schema?: string;
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
        Rule: {
            /** @enum {string} */
            bool?: "and" | "or";
            expressions: components["schemas"]["Expression"][] | null;
            score: string;
        };
        Session: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/Session.json
             */
            readonly $schema?: string;
            /** @description The demo panel is there. */
            demo?: boolean;
            /** Format: date-time */
            expires: string;
            /** @description Names of routes that this user may call. */
            permissions: string[] | null;
            /** @description Only in answer to a login with bearer. */
            token?: string;
            user: components["schemas"]["User"];
            /** @description Version of the server. */
            version: string;
        };
        Setup: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/Setup.json
             */
            readonly $schema?: string;
            /** @description Start corosync and pacemaker when a node boots. */
            autostart: boolean;
            /** @description Name of the cluster: 1 to 15 letters, digits, hyphens, underscores. */
            name: string;
            /** @description 1 to 32 nodes. */
            nodes: components["schemas"]["SetupNode"][] | null;
            /** @description Cluster properties to begin with, for example no-quorum-policy. */
            properties?: {
                [key: string]: string;
            };
            /** @description Corosync's timing; zero values mean the balanced profile. */
            timing?: components["schemas"]["Timing"];
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
        };
        State: {
            /**
             * Format: date-time
             * @description When it was observed (UTC).
             */
            at: string;
            /** @description A transition is going on (the controller is not idle). */
            busy: boolean;
            /** @description Version of Corosync. */
            corosync?: string;
            /** @description Node that decides (designated controller). */
            dc?: string;
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
            links: components["schemas"]["LinkState"][] | null;
            /** @description Whole cluster in maintenance mode. */
            maintenance: boolean;
            nodes: components["schemas"]["NodeState"][] | null;
            /** @description Version of Pacemaker. */
            pacemaker?: string;
            quorate: boolean;
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
            /**
             * Format: int64
             * @description Votes present.
             */
            votes: number;
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
        };
        StopOptions: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/StopOptions.json
             */
            readonly $schema?: string;
            /** @description Although quorum or a service is lost by it. */
            force?: boolean;
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
        TokenRequest: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/TokenRequest.json
             */
            readonly $schema?: string;
            /**
             * Format: int64
             * @description How long it is good for; 60 where it is not given.
             */
            minutes?: number;
        };
        User: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/User.json
             */
            readonly $schema?: string;
            /** Format: date-time */
            created: string;
            disabled: boolean;
            /** @enum {string} */
            language?: "zh" | "en";
            /** Format: date-time */
            lastSeen?: string;
            name: string;
            /** @enum {string} */
            role: "admin" | "operator" | "viewer";
        };
        UserChange: {
            /**
             * Format: uri
             * @description A URL to the JSON Schema for this object.
             * @example https://example.com/schemas/UserChange.json
             */
            readonly $schema?: string;
            disabled?: boolean;
            /** @enum {string} */
            language?: "zh" | "en";
            password?: string;
            /** @enum {string} */
            role?: "admin" | "operator" | "viewer";
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
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "audit.list": {
        parameters: {
            query?: {
                cursor?: string;
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAuditEntry"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageCluster"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClusterDetail"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAgentName"];
                };
            };
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
            query?: never;
            header?: never;
            path: {
                cluster: string;
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentMetadata"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageConstraint"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageNode"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
        requestBody: {
            content: {
                "application/json": components["schemas"]["StopOptions"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageResource"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Resource"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
        requestBody: {
            content: {
                "application/json": components["schemas"]["CleanupResource"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
        requestBody: {
            content: {
                "application/json": components["schemas"]["MoveResource"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
        requestBody: {
            content: {
                "application/json": components["schemas"]["StopOptions"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
                cursor?: string;
                limit?: string;
            };
            header?: never;
            path: {
                cluster: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageRevision"];
                };
            };
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
                revision: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Revision"];
                };
            };
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
                revision: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
        requestBody: {
            content: {
                "application/json": components["schemas"]["StopOptions"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Demo"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Demo"];
                };
            };
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
                cluster?: string;
                kind?: string;
                severity?: string;
                from?: string;
                to?: string;
                cursor?: string;
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageEvent"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageHost"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreflightResult"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolmentToken"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Host"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
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
                cluster?: string;
                state?: string;
                cursor?: string;
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageOperation"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageUser"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OK"];
                };
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
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
