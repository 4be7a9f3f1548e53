%% Erlang/OTP beside us. Run: erl -noshell +P 2000000 -pa ebin -s bench main <quick|full> <w1|w2|w3|w4|w5|w7>
-module(bench).
-export([main/1]).

main([Mode | Ws0]) ->
    logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    put(quick, Mode =:= quick),
    [run(W) || W <- Ws0],
    halt(0).

q(F, Q) -> case get(quick) of true -> Q; false -> F end.
reps() -> lists:seq(0, q(5, 3)).
ns() -> erlang:monotonic_time(nanosecond).
out(P, W, V, U, N, R) ->
    io:format("{\"peer\":\"~s\",\"workload\":\"~s\",\"value\":~.3f,\"unit\":\"~s\",\"n\":~b,\"rep\":~b}~n",
              [P, W, float(V), U, N, R]).
rate(_, _, _, _, 0) -> ok;
rate(P, W, N, Ns, R) -> out(P, W, N * 1.0e9 / Ns, "per_s", N, R).
ms(_, _, _, _, 0) -> ok;
ms(P, W, N, Ns, R) -> out(P, W, Ns / 1.0e6, "ms", N, R).
pct(_, _, _, 0) -> ok;
pct(P, W, L, R) ->
    S = list_to_tuple(lists:sort(L)), N = tuple_size(S),
    out(P, W ++ ".p50", element(N div 2 + 1, S) / 1000, "us", N, R),
    out(P, W ++ ".p99", element(trunc(N * 0.99) + 1, S) / 1000, "us", N, R),
    out(P, W ++ ".max", element(N, S) / 1000, "us", N, R).

stop(Sup) ->
    M = monitor(process, Sup), unlink(Sup), exit(Sup, shutdown),
    receive {'DOWN', M, _, _, _} -> ok end, flush().
flush() -> receive _ -> flush() after 0 -> garbage_collect(), ok end.
tc(F) -> A = ns(), V = F(), {ns() - A, V}.
ups(0) -> ok;
ups(N) -> receive {up, _} -> ups(N - 1) end.

sup(Strategy, Specs) -> {ok, S} = bsup:start_link({static, Strategy, 1000000, 1, Specs}), S.
specs(N, D) -> [bsup:spec(I, D) || I <- lists:seq(1, N)].
simple(D) -> {ok, S} = bsup:start_link({simple, D}), S.

run(w1) ->
    N = q(100000, 20000),
    [begin
        {T1, _} = tc(fun() -> raw(N) end), rate("erl-spawn", "W1.spawn", N, T1, R),
        {T2, S2} = tc(fun() -> sup(one_for_one, specs(N, none)) end),
        rate("otp-static", "W1.boot", N, T2, R),
        {T3, _} = tc(fun() -> stop(S2) end), rate("otp-static", "W1.stop", N, T3, R),
        S4 = sup(one_for_one, []),
        {T4, _} = tc(fun() -> [{ok, _} = supervisor:start_child(S4, bsup:spec(I, none)) || I <- lists:seq(1, N)] end),
        rate("otp-dynamic", "W1.spawn", N, T4, R),
        {T5, _} = tc(fun() -> stop(S4) end), rate("otp-dynamic", "W1.stop", N, T5, R),
        S6 = simple(none),
        {T6, _} = tc(fun() -> [{ok, _} = supervisor:start_child(S6, []) || _ <- lists:seq(1, N)] end),
        rate("otp-simple", "W1.spawn", N, T6, R),
        {T7, _} = tc(fun() -> stop(S6) end), rate("otp-simple", "W1.stop", N, T7, R)
     end || R <- reps()];

run(w2) ->
    K = q(20000, 4000), Sib = 1000, Storm = 10000,
    [begin
        S1 = sup(one_for_one, specs(Sib, self())), pct("otp-static", "W2.restart", crashes(K), R), stop(S1),
        S2 = simple(self()), [supervisor:start_child(S2, []) || _ <- lists:seq(1, Sib)],
        pct("otp-simple", "W2.restart", crashes(K), R), stop(S2),
        S4 = sup(one_for_one, specs(Storm, self())), storm("otp-static", Storm, R), stop(S4),
        S5 = simple(self()), [supervisor:start_child(S5, []) || _ <- lists:seq(1, Storm)],
        storm("otp-simple", Storm, R), stop(S5)
     end || R <- reps()];

run(w3) ->
    [begin
        N = case G of 10 -> q(500, 100); 100 -> q(100, 20); 1000 -> q(20, 5); _ -> q(3, 1) end,
        S = sup(St, specs(G, self())),
        ups(G),
        L = [begin {1, P, _, _} = lists:keyfind(1, 1, supervisor:which_children(S)),
                   {T, _} = tc(fun() -> gen_server:cast(P, crash), ups(G) end), T end || _ <- lists:seq(1, N)],
        case R of 0 -> ok; _ -> out("otp-" ++ atom_to_list(St), "W3.group" ++ integer_to_list(G),
                                    lists:nth(N div 2 + 1, lists:sort(L)) / 1000, "us", N, R) end,
        stop(S)
     end || R <- reps(), St <- [one_for_all, rest_for_one], G <- q([10, 100, 1000, 10000], [10, 100, 1000])];

run(w5) ->
    K = q(200000, 40000), M = q(2000000, 400000),
    [begin
        {ok, P} = bchild:start_link(none),
        pct("otp", "W5.ask", [begin A = ns(), pong = gen_server:call(P, ping), ns() - A end || _ <- lists:seq(1, K)], R),
        Me = self(), E = spawn_link(fun() -> echo(Me) end),
        pct("erl-raw", "W5.pingpong", [begin A = ns(), E ! ping, receive pong -> ns() - A end end || _ <- lists:seq(1, K)], R),
        unlink(E), exit(E, kill),
        {T2, _} = tc(fun() -> cast(P, M), gen_server:call(P, count, infinity) end), rate("otp", "W5.tell1", M, T2, R),
        unlink(P), exit(P, kill),
        Ps = [begin {ok, X} = bchild:start_link(none), X end || _ <- lists:seq(1, 10000)],
        {T3, _} = tc(fun() -> [[gen_server:cast(X, n) || X <- Ps] || _ <- lists:seq(1, M div 10000)],
                              [gen_server:call(X, count, infinity) || X <- Ps] end),
        rate("otp", "W5.tell10k", M, T3, R),
        [begin unlink(X), exit(X, kill) end || X <- Ps], flush()
     end || R <- reps()];

run(w7) ->
    D = q(4, 3), Fan = 10, N = (pow(Fan, D + 2) - 1) div 9,
    [begin
        {T1, {ok, S}} = tc(fun() -> bsup:start_link(bsup:tree(D, Fan, none, 1000000)) end),
        ms("otp", "W7.tree.start", N, T1, R),
        {T2, _} = tc(fun() -> stop(S) end), ms("otp", "W7.tree.stop", N, T2, R),
        %% five supervisors in a chain above the leaf; the leaf's crash escalates to the root, which rebuilds all
        {ok, C} = bsup:start_link(bsup:chain(4, self(), 1000000)),
        pct("otp", "W7.escalate5", crashes(q(2000, 500)), R), stop(C)
     end || R <- reps()];

run(w4) ->
    [mem(Peer, N, Arg, Ping) || N <- q([100000, 1000000], [100000]),
                                {Peer, Arg, Ping} <- [{"otp-simple", none, ping}, {"otp-simple-hibernate", hibernate, hping}]].

mem(Peer, N, Arg, Ping) ->
    garbage_collect(), M0 = erlang:memory(total), R0 = rss(), S = simple(Arg),
    {T, _} = tc(fun() -> starts(S, N) end),
    [gen_server:call(P, Ping) || {_, P, _, _} <- supervisor:which_children(S)],
    garbage_collect(), garbage_collect(S), timer:sleep(300),
    W = "W4." ++ integer_to_list(N),
    out(Peer, W ++ ".live", (erlang:memory(total) - M0) / N, "B_per_child", N, 1),
    out(Peer, W ++ ".rss", (rss() - R0) / N, "B_per_child", N, 1),
    out(Peer, W ++ ".spawn", T / 1.0e6, "ms", N, 1),
    {T2, _} = tc(fun() -> stop(S) end), out(Peer, W ++ ".stop", T2 / 1.0e6, "ms", N, 1).
starts(_, 0) -> ok;
starts(S, N) -> {ok, _} = supervisor:start_child(S, []), starts(S, N - 1).
rss() ->
    {ok, B} = file:read_file("/proc/self/status"),
    {match, [V]} = re:run(B, "VmRSS:\\s+(\\d+)", [{capture, all_but_first, list}]), list_to_integer(V) * 1024.

raw(N) -> Me = self(), Ps = raw(N, Me, []), ups(N), [P ! stop || P <- Ps], ok.
raw(0, _, A) -> A;
raw(N, Me, A) -> raw(N - 1, Me, [spawn(fun() -> Me ! {up, self()}, receive stop -> ok end end) | A]).

echo(To) -> receive ping -> To ! pong, echo(To) end.
cast(_, 0) -> ok;
cast(P, M) -> gen_server:cast(P, n), cast(P, M - 1).
pow(_, 0) -> 1;
pow(B, E) -> B * pow(B, E - 1).

%% wait for Storm ups from the start, then crash every child and wait until each replacement is up
storm(Peer, N, R) ->
    Ps = collect(N),
    {T, _} = tc(fun() -> [gen_server:cast(P, crash) || P <- Ps], ups(N) end),
    rate(Peer, "W2.storm", N, T, R).
collect(N) -> [receive {up, P} -> P end || _ <- lists:seq(1, N)].

%% crash the newest child, wait for its replacement's init, ask it, repeat
crashes(K) -> P = lastup(undefined), crashes(K, P, []).
crashes(0, _, L) -> L;
crashes(K, P, L) ->
    A = ns(), gen_server:cast(P, crash),
    receive {up, P2} -> pong = gen_server:call(P2, ping), B = ns(), crashes(K - 1, P2, [B - A | L]) end.
lastup(P) -> receive {up, Q} -> lastup(Q) after 50 -> P end.
