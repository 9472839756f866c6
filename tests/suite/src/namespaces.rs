// SPDX-License-Identifier: MIT OR Apache-2.0

//! Network namespaces: the family is in each of them, and each counts for itself.

use crate::raw::Client;
use crate::support::namespace;
use anyhow::Result;

crate::tests![
    the_family_is_in_both_with_the_same_id,
    ids_count_separately,
    a_socket_stays_in_its_namespace,
    a_new_one_counts_from_1_while_the_first_goes_on,
    they_may_come_and_go,
];

fn the_family_is_in_both_with_the_same_id() -> Result<()> {
    let here = Client::open()?.family_id();
    let there = namespace::in_new(|| Ok(Client::open()?.family_id()))?;
    assert_eq!(here, there);
    Ok(())
}

fn ids_count_separately() -> Result<()> {
    let mut here = Client::open()?;
    let mut there = namespace::in_new(Client::open)?;

    let ids = [
        here.greet("World")?.id,
        here.greet("World")?.id,
        there.greet("World")?.id,
        here.greet("World")?.id,
        there.greet("World")?.id,
    ];
    assert_eq!(ids, [1, 2, 1, 3, 2]);
    Ok(())
}

/// The greeting counts where the socket was opened, not where its user is.
fn a_socket_stays_in_its_namespace() -> Result<()> {
    let mut client = Client::open()?;
    client.greet("World")?;
    let id = namespace::in_new(|| Ok(client.greet("World")?.id))?;
    assert_eq!(id, 2);
    Ok(())
}

fn a_new_one_counts_from_1_while_the_first_goes_on() -> Result<()> {
    let greet = || Ok(Client::open()?.greet("World")?.id);

    let before = namespace::in_first(greet)?;
    assert_eq!(namespace::in_new(greet)?, 1);
    assert_eq!(namespace::in_first(greet)?, before + 1);
    Ok(())
}

fn they_may_come_and_go() -> Result<()> {
    for _ in 0..100 {
        assert_eq!(
            namespace::in_new(|| Ok(Client::open()?.greet("World")?.id))?,
            1
        );
    }
    Ok(())
}
