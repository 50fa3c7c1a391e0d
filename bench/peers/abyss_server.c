/* abyss_server PORT - the server of xmlrpc-c on 127.0.0.1, with `add` and `list`. MIT licence. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <xmlrpc-c/base.h>
#include <xmlrpc-c/server.h>
#include <xmlrpc-c/server_abyss.h>

static xmlrpc_value *add(xmlrpc_env *env, xmlrpc_value *parameters, void *server, void *call)
{
    xmlrpc_int32 x, y;
    (void)server, (void)call;
    xmlrpc_decompose_value(env, parameters, "(ii)", &x, &y);
    return env->fault_occurred ? NULL : xmlrpc_build_value(env, "i", x + y);
}

static xmlrpc_value *list(xmlrpc_env *env, xmlrpc_value *parameters, void *server, void *call)
{
    xmlrpc_value *all = xmlrpc_array_new(env);
    (void)parameters, (void)server, (void)call;
    for (int i = 0; i < 1000; i++) {
        char name[32];
        snprintf(name, sizeof name, "item %d", i);
        xmlrpc_value *one = xmlrpc_build_value(env, "{s:i,s:s,s:d,s:b}", "id", i, "name", name, "value", i * 1.5, "ok", 1);
        xmlrpc_array_append_item(env, all, one);
        xmlrpc_DECREF(one);
    }
    return all;
}

int main(int count, char **words)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (count < 2) return 2;
    address.sin_port = htons(atoi(words[1]));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (void *)&address, sizeof address) < 0) { perror("bind"); return 1; }

    xmlrpc_env env;
    xmlrpc_env_init(&env);
    xmlrpc_registry *registry = xmlrpc_registry_new(&env);
    struct xmlrpc_method_info3 adding = { .methodName = "add", .methodFunction = add };
    struct xmlrpc_method_info3 listing = { .methodName = "list", .methodFunction = list };
    xmlrpc_registry_add_method3(&env, registry, &adding);
    xmlrpc_registry_add_method3(&env, registry, &listing);
    xmlrpc_server_abyss_parms parameters = {
        .registryP = registry,
        .socket_bound = 1,
        .socket_handle = fd,
        .keepalive_max_conn = 1000000,
        .keepalive_timeout = 30,
        .uri_path = "/RPC2",
    };
    xmlrpc_server_abyss(&env, &parameters, XMLRPC_APSIZE(uri_path));
    fprintf(stderr, "%s\n", env.fault_string ? env.fault_string : "");
    return 1;
}
