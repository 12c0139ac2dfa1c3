"""Headers of shops' tables in eight languages, each with the role of every column, and rows that fit them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class HeaderSet:
    """The headers of one table of order lines, by role."""

    name: str
    columns: dict[str, str]

    def content(self, rows: int = 60) -> str:
        """The table as CSV with semicolons and decimal commas."""
        lines = [";".join(self.columns.values())]
        lines += [";".join(_cell(role, row) for role in self.columns) for row in range(rows)]
        return "\n".join(lines) + "\n"


def _cell(role: str, row: int) -> str:
    order, day = row // 2, 1 + row // 2 % 28
    cells = {
        "line_id": f"{50_000 + row}", "order_id": f"{1000 + order}", "customer_id": f"K{200 + order % 11}",
        "product_id": f"A-{row % 7:03}", "ordered_at": f"2024-03-{day:02}", "quantity": f"{1 + (row % 5 == 0)}",
        "price_minor": f"{10 + 5 * (row % 7)},90", "size": "SMLX"[row % 4], "color": ["rot", "noir", "verde"][row % 3],
        "name": f"Hose {row % 7}", "brand": ["Nord", "Sud"][row % 2], "payment_method": ["visa", "sepa"][order % 2],
        "flag": f"{int(row % 4 == 1)}", "returned_at": f"2024-04-{day:02}" if row % 4 == 1 else "",
    }  # fmt: skip
    return cells[role]


def _set(name: str, columns: str) -> HeaderSet:
    pairs = [pair.split("=") for pair in columns.split("|")]
    return HeaderSet(name, {role: header for header, role in pairs})


SETS = [
    _set(name, columns)
    for name, columns in {
        "de 1": "N°=order_id|Pos.=line_id|Kd-Nr.=customer_id|Art.-Nr.=product_id|Datum=ordered_at|Menge=quantity"
        "|Stückpreis=price_minor|Größe=size|Farbe=color|Retoure am=returned_at",
        "de 2": "Belegnummer=order_id|Belegdatum=ordered_at|Kundennr.=customer_id|Artikel-Nr.=product_id"
        "|Bezeichnung=name"
        "|Anzahl=quantity|VK-Preis=price_minor|Gr.=size|Zahlart=payment_method|zurück=flag",
        "de 3": "Beleg-Nr.=order_id|Debitor=customer_id|ArtNr=product_id|Beleg-Datum=ordered_at|Stk.=quantity"
        "|Preis/Stk=price_minor|Retourniert?=flag",
        "de 4": "bestellNr=order_id|bestellPosId=line_id|kundenNr=customer_id|artikelNr=product_id"
        "|bestellDatum=ordered_at"
        "|bestellMenge=quantity|einzelPreis=price_minor|rueckgabeDatum=returned_at",
        "fr 1": "N° commande=order_id|N° client=customer_id|Réf.=product_id|Désignation=name|Date cde=ordered_at"
        "|Qté=quantity|Prix TTC=price_minor|Taille=size|Retourné=flag",
        "fr 2": "Nº=order_id|Date=ordered_at|Code client=customer_id|Ref=product_id|Prix unitaire=price_minor"
        "|Quantité=quantity|Date de retour=returned_at|Mode de règlement=payment_method",
        "fr 3": "Facture n°=order_id|Identifiant client=customer_id|Référence article=product_id|Commandé le=ordered_at"
        "|Nb=quantity|P.U. TTC=price_minor|Coul.=color|Renvoyé=flag",
        "es 1": "Nº pedido=order_id|Fecha=ordered_at|Cliente=customer_id|Ref.=product_id|Cantidad=quantity"
        "|Precio=price_minor|Talla=size|¿Devuelto?=flag",
        "es 2": "Núm. pedido=order_id|Cód. cliente=customer_id|Cód. artículo=product_id|Fecha pedido=ordered_at"
        "|Cant.=quantity|P.V.P.=price_minor|Fecha dev.=returned_at|Forma pago=payment_method",
        "es 3": "idPedido=order_id|idLinea=line_id|idCliente=customer_id|idProducto=product_id|fechaPedido=ordered_at"
        "|unidades=quantity|precioUnitario=price_minor|fechaDevolucion=returned_at",
        "it 1": "N. ordine=order_id|Data ordine=ordered_at|Cod. cliente=customer_id|Cod. articolo=product_id"
        "|Q.tà=quantity|Prezzo=price_minor|Taglia=size|Reso=flag",
        "it 2": "Nr. ordine=order_id|Riga=line_id|Acquirente=customer_id|Articolo=product_id|Data acquisto=ordered_at"
        "|Quantità=quantity|Prezzo unit.=price_minor|Reso il=returned_at",
        "nl 1": "Ordernummer=order_id|Klantnummer=customer_id|Artikelnummer=product_id|Besteldatum=ordered_at"
        "|Aantal=quantity|Prijs=price_minor|Maat=size|Kleur=color|Retourdatum=returned_at",
        "nl 2": "Bestelnr.=order_id|Regelnr.=line_id|Klantnr.=customer_id|Art.nr.=product_id|Datum=ordered_at"
        "|Aantal stuks=quantity|Stukprijs=price_minor|Omschrijving=name|Merk=brand|Teruggestuurd=flag",
        "nl 3": "factuurnr=order_id|debiteurnummer=customer_id|productcode=product_id|besteld_op=ordered_at"
        "|hoeveelheid=quantity|prijs_incl_btw=price_minor|retour_ontvangen_op=returned_at",
        "pl 1": "Nr zamówienia=order_id|Nr klienta=customer_id|Kod produktu=product_id|Data zamówienia=ordered_at"
        "|Ilość=quantity|Cena=price_minor|Rozmiar=size|Kolor=color|Data zwrotu=returned_at",
        "pl 2": "Numer zam.=order_id|Klient=customer_id|Symbol towaru=product_id|Data zakupu=ordered_at|Szt.=quantity"
        "|Cena brutto=price_minor|Zwrot=flag|Producent=brand",
        "ru 1": "№ заказа=order_id|Дата заказа=ordered_at|Клиент=customer_id|Артикул=product_id|Наименование=name"
        "|Кол-во=quantity|Цена (RUB)=price_minor|Размер=size|Цвет=color|Дата возврата=returned_at",
        "ru 2": "Номер заказа=order_id|Код покупателя=customer_id|Код товара=product_id|Дата продажи=ordered_at"
        "|Количество=quantity|Цена за единицу=price_minor|Способ оплаты=payment_method|Бренд=brand|Возвращён=flag",
        "en": "Order #=order_id|Cust. No.=customer_id|Item #=product_id|Order Dt.=ordered_at|Qty.=quantity"
        "|Unit Price (GBP)=price_minor|Returned?=flag",
    }.items()
]
