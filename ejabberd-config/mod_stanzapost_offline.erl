%% Hands the gateway a copy of each chat message that ejabberd keeps for a user who is offline. The gateway mails it to those users who
%% have asked for that ("offline mailbox"), and drops the others. ejabberd's own store (mod_offline) goes on as before: nothing is lost,
%% whatever becomes of the copy. README.md says how to compile and install it. It needs no header files of ejabberd.
-module(mod_stanzapost_offline).
-behaviour(gen_mod).

-export([start/2, stop/1, reload/3, depends/2, mod_opt_type/1, mod_options/1, mod_doc/0]).
-export([offline_message/1]).

%% Before mod_offline (50), which stores it.
-define(PRIORITY, 40).

start(Host, _Opts) ->
    ejabberd_hooks:add(offline_message_hook, Host, ?MODULE, offline_message, ?PRIORITY),
    ok.

stop(Host) ->
    ejabberd_hooks:delete(offline_message_hook, Host, ?MODULE, offline_message, ?PRIORITY).

reload(_Host, _New, _Old) -> ok.

depends(_Host, _Opts) -> [].

mod_opt_type(component) -> econf:domain().

%% The gateway's domain.
mod_options(_Host) -> [component].

mod_doc() -> #{}.

%% Gives back what it was given: whatever happens here, the message is stored.
offline_message({_Action, Message} = Acc) ->
    try hand(xmpp:encode(Message))
    catch Class:Reason ->
        error_logger:warning_msg("mod_stanzapost_offline: no copy to the gateway: ~p:~p~n", [Class, Reason])
    end,
    Acc;
offline_message(Acc) -> Acc.

hand({xmlel, <<"message">>, Attrs, Children} = Copy) ->
    To = jid:decode(proplists:get_value(<<"to">>, Attrs)),
    From = jid:decode(proplists:get_value(<<"from">>, Attrs)),
    Host = host(To),
    Component = gen_mod:get_module_opt(Host, ?MODULE, component),
    Wanted = host(From) =/= Component
        andalso proplists:get_value(<<"type">>, Attrs) =/= <<"error">>
        andalso lists:any(fun({xmlel, <<"body">>, _, _}) -> true; (_) -> false end, Children)
        andalso ejabberd_router:is_my_route(Component),
    case Wanted of
        true -> ejabberd_router:route(xmpp:decode(wrapped(Copy, Host, Component)));
        false -> ok
    end.

%% XEP-0297.
wrapped({xmlel, Name, Attrs, Children}, Host, Component) ->
    Inner = {xmlel, Name, lists:keystore(<<"xmlns">>, 1, Attrs, {<<"xmlns">>, <<"jabber:client">>}), Children},
    Id = [{<<"id">>, Id} || {<<"id">>, Id} <- Attrs],
    {xmlel, <<"message">>, [{<<"xmlns">>, <<"jabber:client">>}, {<<"from">>, Host}, {<<"to">>, Component} | Id], [
        {xmlel, <<"offline">>, [{<<"xmlns">>, <<"urn:stanzapost:offline:0">>}], []},
        {xmlel, <<"forwarded">>, [{<<"xmlns">>, <<"urn:xmpp:forward:0">>}], [Inner]}
    ]}.

%% Of {User, Server, Resource}.
host(Jid) -> element(2, jid:tolower(Jid)).
